//! The filter of rows of a script.
use crate::columns::RowMaker;
use crate::failure::{place_of, shown, Failure};
use crate::{Script, Worker};
use plughost::{Context, Error, Field, Keep, RowFilter, Rows};

impl RowFilter for Script {
    type State = Worker;

    fn ordered(&self) -> bool {
        self.module.manifest.ordered
    }

    fn column(&self, index: usize) -> Option<Field<'_>> {
        self.declared.filtered.field(index)
    }

    fn state(&self) -> Result<Worker, Error> {
        self.worker(!self.module.manifest.ordered).map_err(Failure::into_error)
    }

    fn keep(&self, worker: &mut Worker, ctx: &Context, rows: &Rows, keep: &mut Keep) -> Result<(), Error> {
        let done = self.call(worker, Some(ctx), |interpreter, running| {
            let filter = interpreter.offer().row_filter.as_ref();
            let filter = filter.ok_or_else(|| Failure::new("the script has no rowFilter"))?;
            let method = running.restore(&filter.keep)?;
            let maker = RowMaker::new(running, &filter.columns, rows)?;
            for row in 0..rows.len() {
                let answer = maker.row(row).and_then(|value| running.call(&method, Some(value)));
                let answer = answer.map_err(|failure| failure.at(maker.offset(row)))?;
                let is_kept = answer.as_bool().ok_or_else(|| {
                    let place = place_of(&method.function, running.module);
                    let message = format!("{place}: keep must return true or false, not {}", shown(&answer));
                    Failure::new(message).at(maker.offset(row))
                })?;
                if is_kept {
                    keep.keep(row);
                }
            }
            Ok(())
        });
        done.map_err(Failure::into_error)
    }
}
