use plughost::{Context, Error, Field, Host, Plugin, Sink, Type};
use std::ffi::CStr;

/// Reads paths and sizes. Several threads use it at once, so nothing in it changes.
struct Sizes {
    text: String,
}

impl Plugin for Sizes {
    const NAME: &'static CStr = c"template";

    /// Reads the options. The host has checked them against the manifest and filled in defaults.
    fn new(config: &[u8], _host: Host) -> Result<Self, Error> {
        let config: serde_json::Value =
            serde_json::from_slice(config).map_err(|error| Error::config(error.to_string()))?;
        match config["text"].as_str() {
            Some(text) if !text.is_empty() => Ok(Sizes { text: text.to_string() }),
            _ => Err(Error::config("the option \"text\" is not a text")),
        }
    }

    /// Writes what `plughost load` shows.
    fn run(&self, _ctx: &Context, out: &mut Sink) -> Result<(), Error> {
        out.put(format!("Looks for {}", self.text))
    }
}

// kind: parser
/// What a parser gives: a column of its own.
#[derive(Clone, Copy)]
enum Column {
    Path,
    Bytes,
}

/// Returns the length of the path and the size of a line that is both, with a space between them.
fn parts_of(line: &[u8]) -> Option<(usize, i64)> {
    let space = line.iter().position(|byte| *byte == b' ')?;
    let digits = &line[space + 1..];
    if !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    Some((space, std::str::from_utf8(digits).ok()?.parse().ok()?))
}

impl plughost::Parser for Sizes {
    /// The columns that are wanted, in this order.
    type State = Vec<Column>;

    /// Describes the columns that every row has.
    fn field(&self, index: usize) -> Option<Field<'_>> {
        [Field::new(c"path", Type::Text), Field::new(c"bytes", Type::Integer)].get(index).copied()
    }

    /// Remembers what is wanted. Readers ask for any type, and the host converts what is refused here: it asks again for a
    /// path that is a text, and for bytes that are an integer.
    fn state(&self, wanted: &[Field]) -> Result<Vec<Column>, Error> {
        let column = |field: &Field| match (field.name.to_bytes(), field.kind) {
            (b"path", Type::Text | Type::Any) => Ok(Column::Path),
            (b"bytes", Type::Integer | Type::Any) => Ok(Column::Bytes),
            _ => Err(Error::config("columns have their own types here")),
        };
        wanted.iter().map(column).collect()
    }

    /// Makes a row of each line that fits. Whether one fits must not depend on which columns are wanted.
    fn parse(
        &self,
        wanted: &mut Vec<Column>,
        _ctx: &Context,
        lines: &plughost::Lines,
        cells: &mut plughost::Cells,
        fits: &mut plughost::Fits,
    ) -> Result<(), Error> {
        for (row, (line, span)) in lines.iter().zip(lines.spans()).enumerate() {
            // An empty line is neither a row nor one that does not fit.
            if line.is_empty() {
                fits.skip(row);
            }
            let Some((path, bytes)) = parts_of(line) else { continue };
            fits.keep(row);
            for (index, column) in wanted.iter().enumerate() {
                match column {
                    // A text is a span of its line: nothing is copied.
                    Column::Path => {
                        cells.set_span(row, index, plughost::Span { offset: span.offset, length: path as u32 })
                    }
                    Column::Bytes => cells.set_integer(row, index, bytes),
                }
            }
        }
        Ok(())
    }
}
// end

// kind: row_filter
impl plughost::RowFilter for Sizes {
    type State = ();

    /// Describes the columns that the filter reads. The parser before it must have them.
    fn column(&self, index: usize) -> Option<Field<'_>> {
        (index == 0).then(|| Field::new(c"path", Type::Text))
    }

    fn state(&self) -> Result<(), Error> {
        Ok(())
    }

    /// Keeps rows. One without a path is not kept.
    fn keep(
        &self,
        _state: &mut (),
        _ctx: &Context,
        rows: &plughost::Rows,
        keep: &mut plughost::Keep,
    ) -> Result<(), Error> {
        for row in 0..rows.len() {
            let path = rows.text(row, 0).unwrap_or_default();
            if path.windows(self.text.len()).any(|part| part == self.text.as_bytes()) {
                keep.keep(row);
            }
        }
        Ok(())
    }
}
// end

// kind: aggregator
impl plughost::Aggregator for Sizes {
    /// The largest size of a group, if it has one.
    type Group = Option<i64>;

    /// Describes the columns that the aggregator reads.
    fn column(&self, index: usize) -> Option<Field<'_>> {
        (index == 0).then(|| Field::new(c"bytes", Type::Integer))
    }

    /// Describes the columns of the answer.
    fn output(&self, index: usize) -> Option<Field<'_>> {
        (index == 0).then(|| Field::new(c"largest", Type::Integer))
    }

    fn update(&self, group: &mut Option<i64>, rows: &plughost::Rows, row: usize) -> Result<(), Error> {
        *group = (*group).max(rows.integer(row, 0));
        Ok(())
    }

    /// Writes a group as bytes. They must not depend on the order of rows, nor on the machine.
    fn save(&self, group: &Option<i64>, out: &mut Sink) -> Result<(), Error> {
        group.map_or(Ok(()), |size| out.put(size.to_le_bytes()))
    }

    /// Adds what was saved, in another thread, process or machine. The bytes may be damaged.
    fn merge(&self, group: &mut Option<i64>, bytes: &[u8]) -> Result<(), Error> {
        if bytes.is_empty() {
            return Ok(());
        }
        let bytes = bytes
            .try_into()
            .map_err(|_| Error::of_status(plughost::abi::status::INVALID, "a group has 8 bytes, or none"))?;
        *group = (*group).max(Some(i64::from_le_bytes(bytes)));
        Ok(())
    }

    /// Sets the answer of a group. Without a size it stays null.
    fn finish(&self, group: &Option<i64>, results: &mut plughost::Outputs) -> Result<(), Error> {
        if let Some(size) = group {
            results.set_integer(0, *size);
        }
        Ok(())
    }
}
// end

plughost::export!(Sizes: Parser + RowFilter + Aggregator, {
    "id": "org.example.template",
    "name": "template",
    "version": "0.1.0",
    "description": "Reads paths and sizes",
    "panic": "unwind",
    "extensions": ["plug.parser/1", "plug.row_filter/1", "plug.aggregator/1"],
    "config": {
        "type": "object",
        "properties": {
            "text": { "type": "string", "minLength": 1, "default": "ERROR", "description": "What paths to keep" }
        },
        "additionalProperties": false
    }
});

// kind: parser
#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_a_path_and_a_size() {
        assert_eq!(parts_of(b"/a 17"), Some((2, 17)));
        assert_eq!(parts_of(b"/a -17"), None);
        assert_eq!(parts_of(b"/a"), None);
    }
}
// end
