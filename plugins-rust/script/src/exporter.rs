//! The exporter of a script.
use crate::failure::Failure;
use crate::interpreter::{Method, Running};
use crate::line::{written, Line};
use crate::offer;
use crate::{Script, Worker};
use plughost::{Context, Error, Exporter, Lines, Sink};
use rquickjs::{Array, Value};

/// Lets one function of the exporter write. `value` makes what the function gets.
fn write(
    script: &Script,
    worker: &mut Worker,
    ctx: &Context,
    out: &mut Sink,
    name: &str,
    function: impl FnOnce(&offer::Exporter) -> Option<&Method>,
    value: impl for<'js> FnOnce(&Running<'_, 'js>) -> Result<Option<Value<'js>>, Failure>,
) -> Result<(), Error> {
    let text = script.call(worker, Some(ctx), |interpreter, running| {
        let Some(function) = interpreter.offer().exporter.as_ref().and_then(function) else { return Ok(Vec::new()) };
        written(running, &running.restore(function)?, name, value(running)?)
    });
    out.put(text.map_err(Failure::into_error)?)
}

// A script may number its rows, so it writes all of them with one interpreter.
impl Exporter for Script {
    type State = Worker;
    const ROWWISE: bool = false;
    const BATCH: bool = true;

    fn state(&self) -> Result<Worker, Error> {
        self.worker(false).map_err(Failure::into_error)
    }

    fn begin(&self, worker: &mut Worker, ctx: &Context, out: &mut Sink) -> Result<(), Error> {
        write(self, worker, ctx, out, "begin", |exporter| exporter.begin.as_ref(), |_| Ok(None))
    }

    fn write(&self, worker: &mut Worker, ctx: &Context, lines: &Lines, out: &mut Sink) -> Result<(), Error> {
        write(self, worker, ctx, out, "write", |exporter| Some(&exporter.write), |running| array_of(running, lines))
    }

    fn end(&self, worker: &mut Worker, ctx: &Context, out: &mut Sink) -> Result<(), Error> {
        write(self, worker, ctx, out, "end", |exporter| exporter.end.as_ref(), |_| Ok(None))
    }
}

fn array_of<'js>(running: &Running<'_, 'js>, lines: &Lines) -> Result<Option<Value<'js>>, Failure> {
    let array = Array::new(running.js.clone()).map_err(|error| running.caught(error))?;
    for (i, line) in lines.iter().enumerate() {
        let line = Line::new(running, line)?;
        array.set(i, line.value).map_err(|error| running.caught(error))?;
    }
    Ok(Some(array.into_value()))
}
