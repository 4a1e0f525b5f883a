//! The filter of a script.
use crate::failure::Failure;
use crate::interpreter::{Bound, Interpreter, Running};
use crate::line::keeps;
use crate::{Script, Worker};
use plughost::{Context, Error, Filter, Keep, Lines};

fn filter_of<'js>(interpreter: &Interpreter, running: &Running<'_, 'js>) -> Result<Bound<'js>, Failure> {
    let filter = interpreter.offer().filter.as_ref().ok_or_else(|| Failure::new("the script has no filter"))?;
    running.restore(filter)
}

impl Filter for Script {
    type State = Worker;
    const BATCH: bool = true;

    fn ordered(&self) -> bool {
        self.module.manifest.ordered
    }

    fn state(&self) -> Result<Worker, Error> {
        self.worker(!self.module.manifest.ordered).map_err(Failure::into_error)
    }

    fn matches(&self, worker: &mut Worker, line: &[u8]) -> Result<bool, Error> {
        let kept =
            self.call(worker, None, |interpreter, running| keeps(running, &filter_of(interpreter, running)?, line));
        kept.map_err(Failure::into_error)
    }

    // One call of the host serves the batch. Calls of the script for each line are faster than one that gets an array.
    fn match_batch(&self, worker: &mut Worker, ctx: &Context, lines: &Lines, keep: &mut Keep) -> Result<(), Error> {
        let done = self.call(worker, Some(ctx), |interpreter, running| {
            let filter = filter_of(interpreter, running)?;
            for (i, line) in lines.iter().enumerate() {
                let kept = keeps(running, &filter, line);
                if kept.map_err(|failure| failure.at(lines.spans()[i].offset.into()))? {
                    keep.keep(i);
                }
            }
            Ok(())
        });
        done.map_err(Failure::into_error)
    }

    fn literal(&self, index: usize) -> Option<&[u8]> {
        self.declared.literals.get(index).map(String::as_bytes)
    }
}
