//! Reads lines that are JSON objects. README.md says what its columns are.
//!
//! One walk over a line decides whether it fits, and notes where the wanted values are. Nothing is copied but the text of
//! strings with escapes.
mod plan;
#[cfg(test)]
mod reference;
mod scan;
mod text;
mod walk;

use plan::{Plan, MAX_DOTS};
use plughost::{Cells, Context, Error, Field, Fits, Host, Lines, Parser, Plugin, Sink, Span, Type};
use plughost_values::{set_converted, set_from_text};
use std::ffi::CStr;
use walk::{Kind, Value, Walk};

/// The plugin.
pub struct Json;

impl Plugin for Json {
    const NAME: &'static CStr = c"JSON";

    fn new(config: &[u8], _host: Host) -> Result<Self, Error> {
        match config.trim_ascii() {
            b"" | b"{}" | b"null" => Ok(Json),
            _ => Err(Error::config("it has no options")),
        }
    }

    fn run(&self, _ctx: &Context, out: &mut Sink) -> Result<(), Error> {
        out.put("Reads lines that are JSON objects")
    }
}

/// What one worker has.
pub struct Reader {
    plan: Plan,
    kinds: Vec<Type>,
    walk: Walk,
    text: Vec<u8>,
}

impl Parser for Json {
    type State = Reader;
    const OPEN: bool = true;

    fn state(&self, wanted: &[Field]) -> Result<Reader, Error> {
        let names: Vec<&[u8]> = wanted.iter().map(|field| field.name.to_bytes()).collect();
        if let Some(name) = names.iter().find(|name| name.iter().filter(|c| **c == b'.').count() > MAX_DOTS) {
            let name = String::from_utf8_lossy(name);
            return Err(Error::config(format!("the column {name:?} has more than {MAX_DOTS} dots")));
        }
        let plan = Plan::new(&names);
        let walk = Walk::new(&plan);
        Ok(Reader { plan, kinds: wanted.iter().map(|field| field.kind).collect(), walk, text: Vec::new() })
    }

    fn parse(
        &self,
        reader: &mut Reader,
        ctx: &Context,
        lines: &Lines,
        cells: &mut Cells,
        fits: &mut Fits,
    ) -> Result<(), Error> {
        if ctx.cancelled() {
            return Err(Error::cancelled());
        }
        let block = lines.block();
        for (row, span) in lines.spans().iter().enumerate() {
            let begin = span.offset as usize;
            let end = begin + span.length as usize;
            if !reader.walk.line(&reader.plan, block, begin, end) {
                // Blanks alone are no object, and do no harm between objects.
                if block[begin..end].iter().all(|byte| matches!(byte, b' ' | b'\t' | b'\r')) {
                    fits.skip(row);
                }
                continue;
            }
            fits.keep(row);
            for column in 0..reader.kinds.len() {
                reader.fill(block, row, column, cells)?;
            }
        }
        Ok(())
    }
}

impl Reader {
    /// Sets the cell of a column, if the line has a value that its type takes.
    fn fill(&mut self, block: &[u8], row: usize, column: usize, cells: &mut Cells) -> Result<(), Error> {
        let values = self.plan.columns[column].iter().map(|place| self.walk.found[*place]);
        let Some(value) = values.into_iter().find(|value| value.kind != Kind::Missing) else { return Ok(()) };
        let Value { kind: found, begin, end } = value;
        let (kind, text) = (self.kinds[column], &block[begin..end]);
        let is_text = matches!(kind, Type::Text | Type::Any);
        match found {
            Kind::Missing | Kind::Null => {}
            // An object is no number, however it is written.
            Kind::Nested if !is_text => {}
            Kind::Escaped => {
                self.text.clear();
                text::decode(text, &mut self.text);
                if is_text {
                    cells.set_text(row, column, &self.text)?;
                } else {
                    set_converted(cells, row, column, kind, &self.text);
                }
            }
            _ => {
                let span = Span { offset: begin as u32, length: (end - begin) as u32 };
                set_from_text(cells, row, column, kind, text, span);
            }
        }
        Ok(())
    }
}

plughost::export!(Json: Parser, include_str!("manifest.json"));
