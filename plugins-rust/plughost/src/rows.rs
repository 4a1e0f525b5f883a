//! Columns, and the rows that parsers make and others read.
use crate::sink::offer;
use crate::views::slice;
use crate::{abi, Error, Lines, Span};
use std::ffi::CStr;

/// The type of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Type {
    /// Where a column is asked for: the parser's own type.
    Any = 0,
    /// Bytes of any kind.
    Text = 1,
    /// 64 bits with a sign.
    Integer = 2,
    /// A double that is a number.
    Real = 3,
    /// Nanoseconds since 1970-01-01 00:00 UTC.
    Time = 4,
    /// True or false.
    Boolean = 5,
}

impl Type {
    fn of(number: u32) -> Option<Type> {
        [Type::Any, Type::Text, Type::Integer, Type::Real, Type::Time, Type::Boolean].get(number as usize).copied()
    }

    /// Returns whether cells of both types are stored in one way. A column that was asked for by `Any` is known to the parser
    /// alone.
    fn is_like(self, other: Type) -> bool {
        let is_plain = |kind| matches!(kind, Type::Integer | Type::Time | Type::Boolean);
        self == other || self == Type::Any || (is_plain(self) && is_plain(other))
    }

    /// Panics if cells of a column cannot be of another type: their bytes would be taken for something else.
    #[track_caller]
    fn expect(self, other: Type, column: usize) {
        assert!(self.is_like(other), "column {column} has the type {self:?}, and not {other:?}");
    }
}

/// A column: its name, its type, and what it holds.
#[derive(Clone, Copy, Debug)]
pub struct Field<'a> {
    /// In UTF-8.
    pub name: &'a CStr,
    /// The type.
    pub kind: Type,
    /// One sentence.
    pub description: Option<&'a CStr>,
}

impl<'a> Field<'a> {
    /// Makes a field without a description.
    pub const fn new(name: &'a CStr, kind: Type) -> Field<'a> {
        Field { name, kind, description: None }
    }

    /// Writes it into a struct of the host. The text lives as long as the plugin.
    pub(crate) fn fill(&self, field: &mut abi::Field) {
        field.size = size_of::<abi::Field>() as u32;
        field.kind = self.kind as u32;
        field.name = self.name.as_ptr();
        field.description = self.description.map_or(std::ptr::null(), CStr::as_ptr);
    }
}

/// Returns the fields of a schema.
///
/// # Safety
/// The pointer must be null or one that the host keeps valid during `'a`.
pub(crate) unsafe fn fields_of<'a>(schema: *const abi::Schema) -> Result<Vec<Field<'a>>, Error> {
    let missing = || Error::invalid("the host gave no columns");
    // SAFETY: The caller guarantees a schema that is valid or null.
    let schema = unsafe { schema.as_ref() }.ok_or_else(missing)?;
    // SAFETY: The contract: there are `count` fields.
    let fields: &[*const abi::Field] = unsafe { slice(schema.fields, schema.count as usize) };
    let field = |field: &*const abi::Field| {
        // SAFETY: The contract: a field is valid, and its name is a text that ends with NUL.
        let field = unsafe { field.as_ref() }.ok_or_else(missing)?;
        // SAFETY: The contract.
        let text = |text: *const _| if text_is_null(text) { None } else { Some(unsafe { CStr::from_ptr(text) }) };
        Ok(Field {
            name: text(field.name).ok_or_else(missing)?,
            kind: Type::of(field.kind).ok_or_else(|| Error::invalid("the host asks for a type that there is not"))?,
            description: text(field.description),
        })
    };
    fields.iter().map(field).collect()
}

fn text_is_null(text: *const std::ffi::c_char) -> bool {
    text.is_null()
}

fn is_set(column: &abi::Column, row: usize, rows: usize) -> bool {
    // SAFETY: The contract: there is a bit for each row, in whole words.
    let valid = unsafe { slice(column.valid, rows.div_ceil(64)) };
    valid[row / 64] >> (row % 64) & 1 == 1
}

/// Rows that a plugin reads, in the columns that it asked for.
pub struct Rows<'a>(pub(crate) &'a abi::Rows);

impl<'a> Rows<'a> {
    /// Returns the number of rows.
    pub fn len(&self) -> usize {
        self.0.count as usize
    }

    /// Returns whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the lines that the rows are made of. `None` for results.
    pub fn lines(&self) -> Option<Lines<'a>> {
        // SAFETY: The contract: lines that are not null live as long as the rows.
        unsafe { self.0.lines.as_ref() }.map(Lines)
    }

    /// Returns the type of a column, which is not `Any`.
    ///
    /// # Panics
    /// When there is no such column.
    #[track_caller]
    pub fn kind(&self, column: usize) -> Type {
        // SAFETY: The contract: the schema lives as long as the rows.
        let fields: &[*const abi::Field] =
            unsafe { self.0.schema.as_ref().map_or(&[][..], |schema| slice(schema.fields, schema.count as usize)) };
        // SAFETY: The contract: each field is valid.
        Type::of(unsafe { (*fields[column]).kind }).unwrap_or(Type::Any)
    }

    /// Returns whether a cell has a value.
    ///
    /// # Panics
    /// When there is no such row or column.
    #[track_caller]
    pub fn has_value(&self, row: usize, column: usize) -> bool {
        self.cell(row, column).is_some()
    }

    #[track_caller]
    fn cell(&self, row: usize, column: usize) -> Option<abi::Cell> {
        // SAFETY: The contract: the schema describes the columns and lives as long as the rows.
        let columns =
            unsafe { self.0.schema.as_ref().map_or(&[][..], |schema| slice(self.0.columns, schema.count as usize)) };
        let column = &columns[column];
        assert!(row < self.len(), "there is no row {row}");
        // SAFETY: The contract: there is a cell for each row.
        is_set(column, row, self.len()).then(|| unsafe { *column.cells.add(row) })
    }

    /// Returns the text of a cell, or `None` for null.
    ///
    /// # Panics
    /// When there is no such row or column, or the column has another type; so do the other methods.
    #[track_caller]
    pub fn text(&self, row: usize, column: usize) -> Option<&'a [u8]> {
        self.kind(column).expect(Type::Text, column);
        // SAFETY: All 64 bits of a cell are a span.
        let span = unsafe { self.cell(row, column)?.text };
        let (at, len) = (span.offset as usize, span.length as usize);
        let block = self.lines().map_or(&[][..], |lines| lines.block());
        // SAFETY: The contract: what was made lives as long as the rows.
        let made = unsafe { slice(self.0.made.data, self.0.made.len as usize) };
        Some(if at < block.len() { &block[at..at + len] } else { &made[at - block.len()..][..len] })
    }

    /// Returns an integer, or `None` for null.
    #[track_caller]
    pub fn integer(&self, row: usize, column: usize) -> Option<i64> {
        self.kind(column).expect(Type::Integer, column);
        // SAFETY: All 64 bits of a cell are an integer.
        self.cell(row, column).map(|cell| unsafe { cell.integer })
    }

    /// Returns a real number, or `None` for null.
    #[track_caller]
    pub fn real(&self, row: usize, column: usize) -> Option<f64> {
        self.kind(column).expect(Type::Real, column);
        // SAFETY: All 64 bits of a cell are a double.
        self.cell(row, column).map(|cell| unsafe { cell.real })
    }

    /// Returns a time in nanoseconds since 1970, or `None` for null.
    #[track_caller]
    pub fn time(&self, row: usize, column: usize) -> Option<i64> {
        self.integer(row, column)
    }

    /// Returns a boolean, or `None` for null.
    #[track_caller]
    pub fn boolean(&self, row: usize, column: usize) -> Option<bool> {
        self.integer(row, column).map(|value| value != 0)
    }
}

/// Cells that a plugin fills. A cell that it does not set is null.
pub struct Cells<'a> {
    pub(crate) columns: &'a [abi::Column],
    /// The types of the columns.
    pub(crate) kinds: &'a [Type],
    pub(crate) rows: usize,
    /// Offsets of made text begin here.
    pub(crate) block: usize,
    pub(crate) made: &'a mut abi::Sink,
    pub(crate) written: usize,
}

impl Cells<'_> {
    #[track_caller]
    fn set(&mut self, row: usize, column: usize, kind: Type, cell: abi::Cell) {
        self.kinds[column].expect(kind, column);
        let column = &self.columns[column];
        assert!(row < self.rows, "there is no row {row}");
        // SAFETY: The contract: there is a cell for each row, and a bit in whole words.
        unsafe {
            *column.cells.add(row) = cell;
            *column.valid.add(row / 64) |= 1 << (row % 64);
        }
    }

    /// Sets a text that stands in the row's own line, as a span of [`Lines::block`].
    ///
    /// # Panics
    /// When there is no such row or column, or the column has another type; so do the other methods.
    #[track_caller]
    pub fn set_span(&mut self, row: usize, column: usize, text: Span) {
        self.set(row, column, Type::Text, abi::Cell { text });
    }

    /// Sets a text that stands nowhere yet. The host keeps a copy.
    ///
    /// # Errors
    /// The host takes no more text.
    #[track_caller]
    pub fn set_text(&mut self, row: usize, column: usize, text: &[u8]) -> Result<(), Error> {
        if !offer(self.made, text)? {
            return Err(Error::no_memory());
        }
        let offset = u32::try_from(self.block + self.written).map_err(|_| Error::no_memory())?;
        self.written += text.len();
        self.set(row, column, Type::Text, abi::Cell { text: Span { offset, length: text.len() as u32 } });
        Ok(())
    }

    /// Sets an integer.
    #[track_caller]
    pub fn set_integer(&mut self, row: usize, column: usize, integer: i64) {
        self.set(row, column, Type::Integer, abi::Cell { integer });
    }

    /// Sets a real number. What is no number stays null.
    #[track_caller]
    pub fn set_real(&mut self, row: usize, column: usize, real: f64) {
        if !real.is_nan() {
            self.set(row, column, Type::Real, abi::Cell { real });
        }
    }

    /// Sets a time, in nanoseconds since 1970.
    #[track_caller]
    pub fn set_time(&mut self, row: usize, column: usize, integer: i64) {
        self.set(row, column, Type::Time, abi::Cell { integer });
    }

    /// Sets a boolean.
    #[track_caller]
    pub fn set_boolean(&mut self, row: usize, column: usize, value: bool) {
        self.set(row, column, Type::Boolean, abi::Cell { integer: value.into() });
    }
}

/// The results of several groups.
pub struct Results<'a> {
    pub(crate) cells: Cells<'a>,
}

impl<'a> Results<'a> {
    /// Returns the number of groups.
    #[allow(clippy::len_without_is_empty)]
    pub fn len(&self) -> usize {
        self.cells.rows
    }

    /// Returns the results of the group with this index.
    pub fn of(&mut self, index: usize) -> Outputs<'_, 'a> {
        Outputs { cells: &mut self.cells, row: index }
    }
}

/// The results of one group.
pub struct Outputs<'a, 'b> {
    pub(crate) cells: &'a mut Cells<'b>,
    pub(crate) row: usize,
}

impl Outputs<'_, '_> {
    /// Sets a text. See [`Cells::set_text`].
    ///
    /// # Errors
    /// The host takes no more text.
    #[track_caller]
    pub fn set_text(&mut self, output: usize, text: &[u8]) -> Result<(), Error> {
        self.cells.set_text(self.row, output, text)
    }

    /// Sets an integer.
    #[track_caller]
    pub fn set_integer(&mut self, output: usize, value: i64) {
        self.cells.set_integer(self.row, output, value);
    }

    /// Sets a real number. What is no number stays null.
    #[track_caller]
    pub fn set_real(&mut self, output: usize, value: f64) {
        self.cells.set_real(self.row, output, value);
    }

    /// Sets a time, in nanoseconds since 1970.
    #[track_caller]
    pub fn set_time(&mut self, output: usize, value: i64) {
        self.cells.set_time(self.row, output, value);
    }

    /// Sets a boolean.
    #[track_caller]
    pub fn set_boolean(&mut self, output: usize, value: bool) {
        self.cells.set_boolean(self.row, output, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::panic::{catch_unwind, AssertUnwindSafe};
    use std::ptr::{null, null_mut};

    /// Returns what a call panics with, or an empty text.
    fn panic_of(call: impl FnOnce()) -> String {
        let payload = catch_unwind(AssertUnwindSafe(call)).err();
        payload.and_then(|payload| payload.downcast_ref::<String>().cloned()).unwrap_or_default()
    }

    #[test]
    fn a_cell_of_another_type_panics() {
        // Cells of integers, times and booleans are all integers.
        for (kind, wanted) in [
            (Type::Text, [true, false, false, false, false]),
            (Type::Integer, [false, true, false, true, true]),
            (Type::Real, [false, false, true, false, false]),
            (Type::Time, [false, true, false, true, true]),
            (Type::Boolean, [false, true, false, true, true]),
            (Type::Any, [true; 5]),
        ] {
            let (mut cell, mut valid) = (abi::Cell { integer: 0 }, 1);
            let columns = [abi::Column { cells: &mut cell, valid: &mut valid }];
            let kinds = [kind];
            let mut made =
                abi::Sink { size: 0, reserved: 0, this: null_mut(), write: None, reserve: None, commit: None };
            let mut cells = Cells { columns: &columns, kinds: &kinds, rows: 1, block: 0, made: &mut made, written: 0 };
            let set = [
                panic_of(|| cells.set_span(0, 0, Span { offset: 0, length: 0 })),
                panic_of(|| cells.set_integer(0, 0, 0)),
                panic_of(|| cells.set_real(0, 0, 0.0)),
                panic_of(|| cells.set_time(0, 0, 0)),
                panic_of(|| cells.set_boolean(0, 0, false)),
            ];
            assert_eq!(set.map(|message| message.is_empty()), wanted, "{kind:?}");
            let field = abi::Field { size: 0, kind: kind as u32, name: c"n".as_ptr(), description: null() };
            let fields = [&raw const field];
            let schema = abi::Schema { size: 0, count: 1, fields: fields.as_ptr() };
            let made = abi::Bytes { data: null(), len: 0 };
            let rows = abi::Rows { size: 0, count: 1, lines: null(), schema: &schema, columns: columns.as_ptr(), made };
            let rows = Rows(&rows);
            let read = [
                panic_of(|| assert_eq!(rows.text(0, 0), Some(&b""[..]))),
                panic_of(|| assert_eq!(rows.integer(0, 0), Some(0))),
                panic_of(|| assert_eq!(rows.real(0, 0), Some(0.0))),
                panic_of(|| assert_eq!(rows.time(0, 0), Some(0))),
                panic_of(|| assert_eq!(rows.boolean(0, 0), Some(false))),
            ];
            assert_eq!(read.map(|message| message.is_empty()), wanted, "{kind:?}");
        }
        let mut made = abi::Sink { size: 0, reserved: 0, this: null_mut(), write: None, reserve: None, commit: None };
        let mut cells = Cells { columns: &[], kinds: &[Type::Real], rows: 1, block: 0, made: &mut made, written: 0 };
        assert_eq!(panic_of(|| cells.set_integer(0, 0, 1)), "column 0 has the type Real, and not Integer");
    }
}
