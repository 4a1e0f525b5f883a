//! The exporter of a server.
use crate::filter::{begins_of, body_of, in_block};
use crate::problem::BYTES;
use crate::worker::{broken, Worker};
use crate::Http;
use hyper::body::Bytes;
use plughost::{Context, Error, Exporter, Lines, Sink};

/// Asks for output, and puts it out.
fn export(
    worker: &mut Worker,
    ctx: &Context,
    path: &str,
    body: Bytes,
    place: impl Fn(u64) -> Option<u64>,
    out: &mut Sink,
) -> Result<(), Error> {
    let answer = worker.ask(Some(ctx), path, BYTES, body, place)?;
    if answer.media_type != BYTES {
        broken(&format!("its answer is of the type {:?} and not {BYTES}", answer.media_type));
    }
    out.put(answer.body)
}

impl Exporter for Http {
    type State = Worker;
    // It may count, or keep what it writes at the end.
    const ROWWISE: bool = false;
    const BATCH: bool = true;

    fn state(&self) -> Result<Worker, Error> {
        self.worker()
    }

    fn begin(&self, worker: &mut Worker, ctx: &Context, out: &mut Sink) -> Result<(), Error> {
        export(worker, ctx, "/v1/export/begin", Bytes::new(), |_| None, out)
    }

    fn write(&self, worker: &mut Worker, ctx: &Context, lines: &Lines, out: &mut Sink) -> Result<(), Error> {
        let begins = begins_of(lines);
        export(worker, ctx, "/v1/export", body_of(lines), |at| in_block(lines, &begins, at), out)
    }

    fn end(&self, worker: &mut Worker, ctx: &Context, out: &mut Sink) -> Result<(), Error> {
        export(worker, ctx, "/v1/export/end", Bytes::new(), |_| None, out)
    }
}
