//! Which rows a condition keeps.
use crate::number::{integer_to, real_to, text_to};
use crate::tree::{Compared, Condition, Order, Tree, Value};
use plughost::{Error, Rows, Type};
use std::cmp::Ordering;

/// A bit for each row, in words of 64. Bits beyond the rows are 0.
type Words = Vec<u64>;

/// Returns the rows for which the condition holds.
///
/// # Errors
/// The condition compares a column with a value that its type cannot have.
pub fn kept(condition: &Condition, rows: &Rows) -> Result<Words, Error> {
    let mut all = vec![u64::MAX; rows.len().div_ceil(64)];
    if let (Some(last), used @ 1..) = (all.last_mut(), rows.len() % 64) {
        *last = (1 << used) - 1;
    }
    Evaluation { condition, rows }.among(&condition.tree, all)
}

struct Evaluation<'a> {
    condition: &'a Condition,
    rows: &'a Rows<'a>,
}

impl Evaluation<'_> {
    /// Returns those of the rows for which a tree holds. It evaluates no others, so a cheap condition before `and` spares a
    /// costly one behind it.
    fn among(&self, tree: &Tree, rows: Words) -> Result<Words, Error> {
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
            Tree::Has(column) => each(rows, |row| self.rows.has_value(row, *column)),
            Tree::IsTrue(column) => each(rows, |row| self.rows.boolean(row, *column) == Some(true)),
            Tree::Matches(column, regex) => {
                each(rows, |row| self.rows.text(row, *column).is_some_and(|text| regex.is_match(text)))
            }
            Tree::Compare(compared, order, value) => {
                self.compared(rows, *compared, value, |found| holds(*order, found))?
            }
            Tree::In(compared, list) => {
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
    ) -> Result<Words, Error> {
        let rows = self.rows;
        let test = |found: Option<Ordering>| found.is_some_and(&holds);
        let time_to =
            |column, time| each(among.clone(), |row| test(rows.time(row, column).map(|found| found.cmp(time))));
        Ok(match value {
            Value::Text(text, time) => match (rows.kind(own), time) {
                (Type::Time, Some(time)) => time_to(own, time),
                (Type::Time, None) => return Err(self.unlike(own, "times", "a time, such as 2026-01-31T09:30:00Z")),
                _ => each(among, |row| test(rows.text(row, column).map(|found| found.cmp(text)))),
            },
            Value::Time(time) => time_to(column, time),
            Value::Boolean(boolean) => {
                each(among, |row| test(rows.boolean(row, column).map(|found| found.cmp(boolean))))
            }
            Value::Integer(_) | Value::Real(_) => match rows.kind(column) {
                Type::Integer => {
                    each(among, |row| test(rows.integer(row, column).map(|found| integer_to(found, value))))
                }
                Type::Real => each(among, |row| test(rows.real(row, column).map(|found| real_to(found, value)))),
                Type::Text => each(among, |row| test(rows.text(row, column).and_then(|found| text_to(found, value)))),
                Type::Boolean => return Err(self.unlike(column, "true or false", "true or false, or name it alone")),
                Type::Time | Type::Any => {
                    return Err(self.unlike(column, "times", "a time, such as 2026-01-31T09:30:00Z"));
                }
            },
        })
    }

    /// Returns the error of a column that is compared with a value of another type.
    fn unlike(&self, column: usize, holds: &str, with: &str) -> Error {
        let name = self.condition.columns[column].0.to_string_lossy();
        Error::config(format!("expr: the column {name} holds {holds}; compare it with {with}"))
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

fn holds(order: Order, found: Ordering) -> bool {
    match order {
        Order::Equal => found.is_eq(),
        Order::NotEqual => found.is_ne(),
        Order::Less => found.is_lt(),
        Order::LessOrEqual => found.is_le(),
        Order::Greater => found.is_gt(),
        Order::GreaterOrEqual => found.is_ge(),
    }
}
