//! Which rows a condition keeps.
use crate::tree::{Order, Tree, Value};
use plughost::{Rows, Type};
use std::cmp::Ordering;

/// Returns a bit for each row, in words of 64. Bits beyond the rows mean nothing.
pub fn kept(tree: &Tree, rows: &Rows) -> Vec<u64> {
    match tree {
        Tree::And(trees) => combined(trees, rows, |a, b| a & b),
        Tree::Or(trees) => combined(trees, rows, |a, b| a | b),
        Tree::Not(tree) => kept(tree, rows).into_iter().map(|word| !word).collect(),
        Tree::Has(column) => each(rows, |row| rows.has_value(row, *column)),
        Tree::IsTrue(column) => each(rows, |row| rows.boolean(row, *column) == Some(true)),
        Tree::Matches(column, regex) => {
            each(rows, |row| rows.text(row, *column).is_some_and(|text| regex.is_match(text)))
        }
        Tree::Compare(column, order, value) => compared(rows, *column, value, |found| holds(*order, found)),
        Tree::In(column, list) => {
            let mut words = vec![0; rows.len().div_ceil(64)];
            for value in list {
                let equal = compared(rows, *column, value, |found| found == Ordering::Equal);
                words.iter_mut().zip(equal).for_each(|(word, other)| *word |= other);
            }
            words
        }
    }
}

fn each(rows: &Rows, keeps: impl Fn(usize) -> bool) -> Vec<u64> {
    let mut words = vec![0; rows.len().div_ceil(64)];
    for row in 0..rows.len() {
        words[row / 64] |= u64::from(keeps(row)) << (row % 64);
    }
    words
}

fn combined(trees: &[Tree], rows: &Rows, both: fn(u64, u64) -> u64) -> Vec<u64> {
    let mut words = kept(&trees[0], rows);
    for tree in &trees[1..] {
        words.iter_mut().zip(kept(tree, rows)).for_each(|(word, other)| *word = both(*word, other));
    }
    words
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

/// Compares each row that has a value.
fn compared(rows: &Rows, column: usize, value: &Value, holds: impl Fn(Ordering) -> bool) -> Vec<u64> {
    let test = |found: Option<Ordering>| found.is_some_and(&holds);
    match value {
        Value::Text(text) => each(rows, |row| test(rows.text(row, column).map(|found| found.cmp(text)))),
        Value::Time(time) => each(rows, |row| test(rows.time(row, column).map(|found| found.cmp(time)))),
        Value::Boolean(boolean) => each(rows, |row| test(rows.boolean(row, column).map(|found| found.cmp(boolean)))),
        Value::Integer(_) | Value::Real(_) => match rows.kind(column) {
            Type::Integer => each(rows, |row| test(rows.integer(row, column).map(|found| integer_to(found, value)))),
            Type::Real => each(rows, |row| test(rows.real(row, column).and_then(|found| real_to(found, value)))),
            Type::Text => each(rows, |row| test(rows.text(row, column).and_then(|found| text_to(found, value)))),
            // A time or a boolean is no number.
            _ => each(rows, |_| false),
        },
    }
}

fn integer_to(found: i64, value: &Value) -> Ordering {
    match value {
        Value::Integer(integer) => found.cmp(integer),
        Value::Real(real) => (found as f64).partial_cmp(real).unwrap_or(Ordering::Less),
        _ => Ordering::Less,
    }
}

fn real_to(found: f64, value: &Value) -> Option<Ordering> {
    match value {
        Value::Integer(integer) => found.partial_cmp(&(*integer as f64)),
        Value::Real(real) => found.partial_cmp(real),
        _ => None,
    }
}

/// Compares a text that is a decimal number. Any other text is no answer.
fn text_to(found: &[u8], value: &Value) -> Option<Ordering> {
    let text = std::str::from_utf8(found).ok()?;
    if let Ok(integer) = text.parse::<i64>() {
        return Some(integer_to(integer, value));
    }
    let plain = text.bytes().all(|c| c.is_ascii_digit() || matches!(c, b'+' | b'-' | b'.' | b'e' | b'E'));
    let real = if plain { text.parse::<f64>().ok()? } else { return None };
    if real.is_finite() {
        real_to(real, value)
    } else {
        None
    }
}
