//! The transform of a server.
use crate::filter::{begins_of, body_of, in_block};
use crate::pieces::pieces_in;
use crate::ranges::ACCEPTED;
use crate::worker::{broken, Worker};
use crate::Http;
use hyper::body::Bytes;
use plughost::{Changes, Context, Error, Lines, Output, Transform};

const APPLY: &str = "/v1/apply";

fn replace(output: &mut Output, text: &[u8]) -> Result<(), Error> {
    output.drop_line();
    let lines = text.strip_suffix(b"\n").map(|text| text.split(|&byte| byte == b'\n'));
    lines.into_iter().flatten().try_for_each(|line| output.put_line(line))
}

impl Transform for Http {
    type State = Worker;

    fn ordered(&self) -> bool {
        self.description.transform.as_ref().is_some_and(|transform| transform.ordered)
    }

    fn state(&self) -> Result<Worker, Error> {
        self.worker()
    }

    fn transform(&self, worker: &mut Worker, line: &[u8], out: &mut Output) -> Result<(), Error> {
        let body = Bytes::from([line, b"\n"].concat());
        let size = body.len();
        let answer = worker.ask(None, APPLY, ACCEPTED, body, |_| None)?;
        let pieces = pieces_in(&answer, &[0], size).unwrap_or_else(|reason| broken(&reason));
        match pieces.first().and_then(|piece| piece.text.as_deref()) {
            Some(text) => replace(out, text),
            None => Ok(()),
        }
    }

    fn transform_batch(
        &self,
        worker: &mut Worker,
        ctx: &Context,
        lines: &Lines,
        changes: &mut Changes,
    ) -> Result<(), Error> {
        let (begins, body) = (begins_of(lines), body_of(lines));
        let size = body.len();
        let answer = worker.ask(Some(ctx), APPLY, ACCEPTED, body, |at| in_block(lines, &begins, at))?;
        let pieces = pieces_in(&answer, &begins, size).unwrap_or_else(|reason| broken(&reason));
        let mut line = 0;
        for piece in pieces {
            if let Some(text) = piece.text {
                replace(&mut changes.of(line), &text)?;
                (line + 1..line + piece.count).for_each(|i| changes.of(i).drop_line());
            }
            line += piece.count;
        }
        Ok(())
    }
}
