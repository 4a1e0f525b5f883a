//! The transform of a script.
use crate::failure::Failure;
use crate::interpreter::{Bound, Interpreter, Running};
use crate::line::change;
use crate::{Script, Worker};
use plughost::{Changes, Context, Error, Lines, Output, Transform};

fn transform_of<'js>(interpreter: &Interpreter, running: &Running<'_, 'js>) -> Result<Bound<'js>, Failure> {
    let transform =
        interpreter.offer().transform.as_ref().ok_or_else(|| Failure::new("the script has no transform"))?;
    running.restore(transform)
}

impl Transform for Script {
    type State = Worker;

    fn ordered(&self) -> bool {
        self.module.manifest.ordered
    }

    fn state(&self) -> Result<Worker, Error> {
        self.worker(!self.module.manifest.ordered).map_err(Failure::into_error)
    }

    fn transform(&self, worker: &mut Worker, line: &[u8], out: &mut Output) -> Result<(), Error> {
        let done = self.call(worker, None, |interpreter, running| {
            change(running, &transform_of(interpreter, running)?, line, out)
        });
        done.map_err(Failure::into_error)
    }

    fn transform_batch(
        &self,
        worker: &mut Worker,
        ctx: &Context,
        lines: &Lines,
        changes: &mut Changes,
    ) -> Result<(), Error> {
        let done = self.call(worker, Some(ctx), |interpreter, running| {
            let transform = transform_of(interpreter, running)?;
            for (i, line) in lines.iter().enumerate() {
                let changed = change(running, &transform, line, &mut changes.of(i));
                changed.map_err(|failure| failure.at(lines.spans()[i].offset.into()))?;
            }
            Ok(())
        });
        done.map_err(Failure::into_error)
    }
}
