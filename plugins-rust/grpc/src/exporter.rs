//! The exporter of a program.
use crate::lane::Lane;
use crate::wire::{ExportLines, Exported};
use crate::Grpc;
use plughost::{Context, Error, Exporter, Lines, Sink};

const EXPORT: &str = "/plughost.v1.Exporter/Export";

impl Exporter for Grpc {
    type State = Lane<ExportLines, Exported>;
    // A program has one stream for it, whose output is in the order of the lines.
    const ROWWISE: bool = false;
    const BATCH: bool = true;

    fn state(&self) -> Result<Self::State, Error> {
        self.lane(EXPORT)
    }

    fn begin(&self, lane: &mut Self::State, ctx: &Context, out: &mut Sink) -> Result<(), Error> {
        let answer =
            lane.ask(Some(ctx), &[], 0, |lines| ExportLines { lines: Some(lines), begin: true, end: false })?;
        out.put(answer.text)
    }

    fn write(&self, lane: &mut Self::State, ctx: &Context, lines: &Lines, out: &mut Sink) -> Result<(), Error> {
        let parts: Vec<&[u8]> = lines.iter().flat_map(|line| [line, b"\n"]).collect();
        let request = |lines| ExportLines { lines: Some(lines), ..ExportLines::default() };
        out.put(lane.ask(Some(ctx), &parts, lines.offset(0), request)?.text)
    }

    fn end(&self, lane: &mut Self::State, ctx: &Context, out: &mut Sink) -> Result<(), Error> {
        let answer =
            lane.ask(Some(ctx), &[], 0, |lines| ExportLines { lines: Some(lines), begin: false, end: true })?;
        out.put(answer.text)
    }
}
