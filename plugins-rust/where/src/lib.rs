//! Keeps the rows for which a condition holds, such as `status >= 500 and path ~ '^/api/'`.
//!
//! The whole language: comparisons (`= != < <= > >=`) of a column with a number, a text in quotes, a time such as
//! `2026-01-31T09:30:00Z`, `20/May/2015:10:05:03 +0000` or `@1432116303`, `true` or `false`; `column ~ 'pattern'` and `!~`; `column in (a, b)` and `not in`; `has(column)`;
//! a column alone, which is a boolean; `and`, `or`, `not` and parentheses. A comparison with a column that has no value is
//! false. Names with other characters than letters, digits, `_ . @ $ -` stand in backquotes. Before a quote in quotes, and
//! before the quote that ends a text, a backslash is written twice; everywhere else it stands for itself.
mod fault;
mod time;
mod token;
mod tree;

use plughost::{Context, Error, Field, Host, Keep, Plugin, RowFilter, Rows, Sink};
use plughost_values::condition::kept;
use serde::Deserialize;
use std::ffi::CStr;
use tree::{condition, Condition};

/// The options, as the schema in `manifest.json` describes them.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Config {
    expr: String,
}

/// The plugin.
pub struct Where {
    text: String,
    condition: Condition,
}

impl Plugin for Where {
    const NAME: &'static CStr = c"Where";

    fn new(config: &[u8], _host: Host) -> Result<Self, Error> {
        let Config { expr } = serde_json::from_slice(config).map_err(|error| Error::config(error.to_string()))?;
        let condition = condition(&expr).map_err(|fault| Error::config(fault.message(&expr)))?;
        Ok(Where { text: expr, condition })
    }

    fn run(&self, _ctx: &Context, out: &mut Sink) -> Result<(), Error> {
        out.put(format!("Keeps the rows with {}", self.text))
    }
}

impl RowFilter for Where {
    type State = ();

    fn column(&self, index: usize) -> Option<Field<'_>> {
        self.condition.columns.field(index)
    }

    fn state(&self) -> Result<(), Error> {
        Ok(())
    }

    fn keep(&self, _state: &mut (), ctx: &Context, rows: &Rows, keep: &mut Keep) -> Result<(), Error> {
        if ctx.cancelled() {
            return Err(Error::cancelled());
        }
        let Condition { tree, columns } = &self.condition;
        let words = kept(tree, columns, rows, |pattern, row| {
            rows.text(row, pattern.column).is_some_and(|text| pattern.regex.is_match(text))
        });
        let words = words.map_err(|reason| Error::config(format!("expr: {reason}")))?;
        for row in 0..rows.len() {
            if words[row / 64] >> (row % 64) & 1 == 1 {
                keep.keep(row);
            }
        }
        Ok(())
    }
}

plughost::export!(Where: RowFilter, include_str!("manifest.json"));
