//! The exporter of a program.
use crate::lane::{Answered, Lane};
use crate::question::Question;
use crate::wire::{ExportLines, Exported};
use crate::Grpc;
use plughost::{Context, Error, Exporter, Lines, Sink};

const EXPORT: &str = "/plughost.v1.Exporter/Export";

type Export = Lane<ExportLines, Exported>;

impl Export {
    /// Asks for output, and writes it. `request` has everything but the lines.
    fn write(&mut self, ctx: &Context, question: &Question, request: ExportLines, out: &mut Sink) -> Result<(), Error> {
        let with_lines = |lines| ExportLines { lines: Some(lines), ..request };
        let Answered { answer, .. } = self.ask(Some(ctx), question, with_lines)?;
        out.put(answer.text)
    }
}

impl Exporter for Grpc {
    type State = Export;
    // A program has one stream for it, whose output is in the order of the lines.
    const ROWWISE: bool = false;
    const BATCH: bool = true;

    fn state(&self) -> Result<Export, Error> {
        self.lane(EXPORT)
    }

    fn begin(&self, lane: &mut Export, ctx: &Context, out: &mut Sink) -> Result<(), Error> {
        lane.write(ctx, &Question::Nothing, ExportLines { begin: true, ..ExportLines::default() }, out)
    }

    fn write(&self, lane: &mut Export, ctx: &Context, lines: &Lines, out: &mut Sink) -> Result<(), Error> {
        lane.write(ctx, &Question::Lines { lines }, ExportLines::default(), out)
    }

    fn end(&self, lane: &mut Export, ctx: &Context, out: &mut Sink) -> Result<(), Error> {
        lane.write(ctx, &Question::Nothing, ExportLines { end: true, ..ExportLines::default() }, out)
    }
}
