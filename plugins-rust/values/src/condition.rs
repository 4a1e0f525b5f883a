//! Conditions about rows: what their parts mean, and which rows they keep. All plugins in Rust with conditions use these.
use crate::number::{integer_to, real_to, text_to};
use plughost::{Field, Rows, Type};
use std::cmp::Ordering;
use std::collections::HashSet;
use std::ffi::CString;

/// A bit for each row, in words of 64. Bits beyond the rows are 0.
pub type Words = Vec<u64>;

/// A value that columns are compared with.
#[derive(Debug, Clone)]
pub enum Value {
    Integer(i64),
    Real(f64),
    /// A text, and the time that it is, if it is one.
    Text(Vec<u8>, Option<i64>),
    /// In nanoseconds since 1970.
    Time(i64),
    Boolean(bool),
}

impl Value {
    /// Returns the type that a column is asked for that is compared with this value. A number is compared with numbers of any
    /// type, and with text that is one, so that 100.5 is more than 100 whatever the parser calls it.
    pub fn wanted(&self) -> Type {
        match self {
            Value::Integer(_) | Value::Real(_) => Type::Any,
            Value::Text(..) => Type::Text,
            Value::Time(_) => Type::Time,
            Value::Boolean(_) => Type::Boolean,
        }
    }
}

/// How a value of a column stands to the value that it is compared with.
#[derive(Debug, Clone, Copy, PartialEq)]
#[allow(missing_docs)]
pub enum Order {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Order {
    /// Returns whether it asks what comes first, and not only what is equal.
    fn ranks(self) -> bool {
        !matches!(self, Order::Equal | Order::NotEqual)
    }

    fn holds(self, found: Ordering) -> bool {
        match self {
            Order::Equal => found.is_eq(),
            Order::NotEqual => found.is_ne(),
            Order::Less => found.is_lt(),
            Order::LessOrEqual => found.is_le(),
            Order::Greater => found.is_gt(),
            Order::GreaterOrEqual => found.is_ge(),
        }
    }
}

/// A list of values of one type. A column is in it if it equals one of them.
#[derive(Debug, Clone)]
pub struct Values {
    list: Vec<Value>,
    /// The texts, if the values are texts: thousands of them are one look-up.
    texts: HashSet<Vec<u8>>,
}

impl Values {
    /// Makes them of a list, which has at least one.
    pub fn new(list: Vec<Value>) -> Self {
        let text = |value: &Value| match value {
            Value::Text(text, _) => Some(text.clone()),
            _ => None,
        };
        Values { texts: list.iter().filter_map(text).collect(), list }
    }

    /// Returns the first one, whose type all have.
    pub fn first(&self) -> &Value {
        &self.list[0]
    }
}

/// The columns that a condition reads, each with the type that it is asked for.
#[derive(Debug, Default)]
pub struct Columns(Vec<(CString, Type)>);

/// What values are compared with, as indexes of [`Columns`].
#[derive(Debug, Clone, Copy)]
pub struct Compared {
    /// The column in the type of the values.
    pub column: usize,
    /// The column in the parser's own type, which decides whether a text can be compared with it. The same as `column` for
    /// other values.
    pub own: usize,
}

impl Columns {
    /// Returns the index of a column of this type.
    pub fn column(&mut self, name: CString, kind: Type) -> usize {
        let known = self.0.iter().position(|column| column.0 == name && column.1 == kind);
        known.unwrap_or_else(|| {
            self.0.push((name, kind));
            self.0.len() - 1
        })
    }

    /// Returns the columns to compare with values of the type of this one.
    pub fn compared_with(&mut self, name: CString, value: &Value) -> Compared {
        let column = self.column(name.clone(), value.wanted());
        let own = if matches!(value, Value::Text(..)) { self.column(name, Type::Any) } else { column };
        Compared { column, own }
    }

    /// Returns the column with an index, for the host.
    pub fn field(&self, index: usize) -> Option<Field<'_>> {
        self.0.get(index).map(|(name, kind)| Field::new(name, *kind))
    }

    /// Returns how many there are.
    #[allow(clippy::len_without_is_empty)]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Returns the columns.
    pub fn iter(&self) -> impl Iterator<Item = &(CString, Type)> {
        self.0.iter()
    }
}

/// A condition. Columns are indexes of [`Columns`]. All leaves but `Has` and `Other` are false for null.
#[derive(Debug)]
pub enum Tree<L> {
    And(Vec<Tree<L>>),
    Or(Vec<Tree<L>>),
    Not(Box<Tree<L>>),
    /// Whether a column has a value.
    Has(usize),
    Compare(Compared, Order, Value),
    In(Compared, Values),
    IsTrue(usize),
    /// What the plugin itself decides, such as a pattern.
    Other(L),
}

/// Where conditions find values: rows of a host, or the values of a test.
pub trait Cells {
    /// Returns the number of rows.
    fn count(&self) -> usize;
    /// Returns the type of a column, which is not `Any`.
    fn kind(&self, column: usize) -> Type;
    /// Returns whether a cell has a value.
    fn has_value(&self, row: usize, column: usize) -> bool;
    /// Returns the text of a cell of a text column. `None` for null, as of the others.
    fn text(&self, row: usize, column: usize) -> Option<&[u8]>;
    /// Returns the integer of a cell: also of a time and of a boolean.
    fn integer(&self, row: usize, column: usize) -> Option<i64>;
    /// Returns the number of a cell of a real column.
    fn real(&self, row: usize, column: usize) -> Option<f64>;
}

impl Cells for Rows<'_> {
    fn count(&self) -> usize {
        self.len()
    }

    fn kind(&self, column: usize) -> Type {
        Rows::kind(self, column)
    }

    fn has_value(&self, row: usize, column: usize) -> bool {
        Rows::has_value(self, row, column)
    }

    fn text(&self, row: usize, column: usize) -> Option<&[u8]> {
        Rows::text(self, row, column)
    }

    fn integer(&self, row: usize, column: usize) -> Option<i64> {
        Rows::integer(self, row, column)
    }

    fn real(&self, row: usize, column: usize) -> Option<f64> {
        Rows::real(self, row, column)
    }
}

/// Returns the rows for which a condition holds. `other` answers for a leaf of the plugin and a row.
///
/// # Errors
/// The condition compares a column with a value that its type cannot have. The text names the column.
pub fn kept<L, C: Cells>(
    tree: &Tree<L>,
    columns: &Columns,
    cells: &C,
    other: impl Fn(&L, usize) -> bool,
) -> Result<Words, String> {
    let mut all = vec![u64::MAX; cells.count().div_ceil(64)];
    if let (Some(last), used @ 1..) = (all.last_mut(), cells.count() % 64) {
        *last = (1 << used) - 1;
    }
    Evaluation { columns, cells, other }.among(tree, all)
}

struct Evaluation<'a, C, O> {
    columns: &'a Columns,
    cells: &'a C,
    other: O,
}

impl<C: Cells, O> Evaluation<'_, C, O> {
    /// Returns the rows for which a tree holds. After `and` it evaluates only the rows that are left, so write the cheap
    /// condition first.
    fn among<L>(&self, tree: &Tree<L>, rows: Words) -> Result<Words, String>
    where
        O: Fn(&L, usize) -> bool,
    {
        let cells = self.cells;
        Ok(match tree {
            Tree::And(trees) => trees.iter().try_fold(rows, |left, tree| self.among(tree, left))?,
            Tree::Or(trees) => {
                let mut left = rows.clone();
                for tree in trees {
                    let holds = self.among(tree, left.clone())?;
                    remove(&mut left, &holds);
                }
                without(rows, &left)
            }
            Tree::Not(tree) => {
                let holds = self.among(tree, rows.clone())?;
                without(rows, &holds)
            }
            Tree::Has(column) => each(rows, |row| cells.has_value(row, *column)),
            Tree::IsTrue(column) => each(rows, |row| cells.integer(row, *column).is_some_and(|value| value != 0)),
            Tree::Other(leaf) => each(rows, |row| (self.other)(leaf, row)),
            Tree::Compare(compared, order, value) => {
                if order.ranks() && matches!(value, Value::Text(..)) {
                    self.refuse_ranks_of_texts(compared.own)?;
                }
                self.compared(rows, *compared, value, |found| order.holds(found))?
            }
            Tree::In(Compared { column, own }, Values { texts, .. })
                if !texts.is_empty() && cells.kind(*own) != Type::Time =>
            {
                each(rows, |row| cells.text(row, *column).is_some_and(|text| texts.contains(text)))
            }
            Tree::In(compared, Values { list, .. }) => {
                let mut left = rows.clone();
                for value in list {
                    let equal = self.compared(left.clone(), *compared, value, Ordering::is_eq)?;
                    remove(&mut left, &equal);
                }
                without(rows, &left)
            }
        })
    }

    /// Compares each of the rows that has a value.
    fn compared(
        &self,
        among: Words,
        Compared { column, own }: Compared,
        value: &Value,
        holds: impl Fn(Ordering) -> bool,
    ) -> Result<Words, String> {
        const A_TIME: &str = "a time, such as 2026-01-31T09:30:00Z";
        let cells = self.cells;
        let test = |found: Option<Ordering>| found.is_some_and(&holds);
        let time_to =
            |column, time| each(among.clone(), |row| test(cells.integer(row, column).map(|found| found.cmp(time))));
        Ok(match value {
            Value::Text(text, time) => match (cells.kind(own), time) {
                (Type::Time, Some(time)) => time_to(own, time),
                (Type::Time, None) => return Err(self.unlike(own, "times", A_TIME)),
                _ => each(among, |row| test(cells.text(row, column).map(|found| found.cmp(text)))),
            },
            Value::Time(time) => time_to(column, time),
            Value::Boolean(boolean) => {
                each(among, |row| test(cells.integer(row, column).map(|found| (found != 0).cmp(boolean))))
            }
            Value::Integer(_) | Value::Real(_) => match cells.kind(column) {
                Type::Integer => {
                    each(among, |row| test(cells.integer(row, column).map(|found| integer_to(found, value))))
                }
                Type::Real => each(among, |row| test(cells.real(row, column).map(|found| real_to(found, value)))),
                Type::Text => each(among, |row| test(cells.text(row, column).and_then(|found| text_to(found, value)))),
                Type::Boolean => {
                    return Err(self.unlike(column, "true or false", "true or false"));
                }
                Type::Time | Type::Any => return Err(self.unlike(column, "times", A_TIME)),
            },
        })
    }

    /// Refuses a column whose values have an order of their own: that of their texts is another one. Severities of syslog are
    /// numbers with names, and "debug" comes before "err".
    fn refuse_ranks_of_texts(&self, own: usize) -> Result<(), String> {
        match self.cells.kind(own) {
            Type::Integer | Type::Real => Err(self.unlike(own, "numbers", "a number without quotes")),
            Type::Boolean => Err(self.unlike(own, "true or false", "true or false")),
            Type::Text | Type::Time | Type::Any => Ok(()),
        }
    }

    /// Returns the error of a column that is compared with a value of another type.
    fn unlike(&self, column: usize, holds: &str, with: &str) -> String {
        let name = self.columns.0[column].0.to_string_lossy();
        format!("the column {name} holds {holds}; compare it with {with}")
    }
}

fn each(mut rows: Words, keeps: impl Fn(usize) -> bool) -> Words {
    for (at, word) in rows.iter_mut().enumerate() {
        let mut left = *word;
        while left != 0 {
            let bit = left.trailing_zeros() as usize;
            left &= left - 1;
            if !keeps(at * 64 + bit) {
                *word &= !(1 << bit);
            }
        }
    }
    rows
}

fn remove(rows: &mut Words, others: &[u64]) {
    rows.iter_mut().zip(others).for_each(|(word, other)| *word &= !other);
}

fn without(mut rows: Words, others: &[u64]) -> Words {
    remove(&mut rows, others);
    rows
}
