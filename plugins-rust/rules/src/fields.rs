//! Checks what a condition says about a column.
use crate::check::{length, Condition, MAX_CONDITIONS};
use crate::fault::Fault;
use crate::json::{Bound, Scalar, Scalars};
use plughost_values::condition::{Order, Value, Values};
use plughost_values::rfc3339_of;
use std::ffi::CString;

/// What is asked about a column.
#[allow(missing_docs)]
pub enum FieldTest {
    /// Its text fulfils a condition about a line.
    Text(Box<Condition>),
    Exists(bool),
    Compare(Order, Value),
    /// It equals one of these, which are of one type.
    In(Values),
}

/// A key, what it compares by, and the value that stands there.
pub type Bounded = (&'static str, Order, Option<Bound>);

/// Returns what a column is compared with; `None` if none of the values is set.
pub fn comparison(
    pointer: &str,
    exists: Option<bool>,
    equals: Option<Scalars>,
    bounds: [Bounded; 4],
) -> Result<Option<FieldTest>, Fault> {
    if let Some(exists) = exists {
        return Ok(Some(FieldTest::Exists(exists)));
    }
    if let Some(equals) = equals {
        return equal_to(&format!("{pointer}/equals"), equals).map(Some);
    }
    let set = bounds.into_iter().find_map(|(key, order, bound)| bound.map(|bound| (key, order, bound)));
    set.map(|(key, order, bound)| Ok(FieldTest::Compare(order, value(&format!("{pointer}/{key}"), bound.into())?)))
        .transpose()
}

/// Checks the name of a column.
pub fn column(pointer: &str, name: String) -> Result<CString, Fault> {
    /// The most bytes of the name of a column, in the contract.
    const MAX: usize = 255;
    if name.is_empty() {
        return Err(Fault::at(pointer, "it is empty, and a column has a name"));
    }
    if name.len() > MAX {
        return Err(Fault::at(pointer, format!("it has more than {MAX} bytes, which no name of a column has")));
    }
    let is_control = |byte: &u8| *byte < 0x20 || *byte == 0x7f;
    match CString::new(name) {
        Ok(name) if !name.as_bytes().iter().any(is_control) => Ok(name),
        _ => Err(Fault::at(pointer, "it has a control character in it, which no name of a column has")),
    }
}

fn value(pointer: &str, from: Scalar) -> Result<Value, Fault> {
    Ok(match from {
        Scalar::Boolean(boolean) => Value::Boolean(boolean),
        Scalar::Text(text) => {
            let time = rfc3339_of(&text);
            Value::Text(text.into_bytes(), time)
        }
        Scalar::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(integer), _) => Value::Integer(integer),
            (None, Some(real)) if number.is_f64() => Value::Real(real),
            _ => {
                let reason = format!("it is no integer of 64 bits; write {number}.0 for a real number");
                return Err(Fault::at(pointer, reason));
            }
        },
    })
}

fn equal_to(pointer: &str, equals: Scalars) -> Result<FieldTest, Fault> {
    let list = match equals {
        Scalars::One(one) => return Ok(FieldTest::Compare(Order::Equal, value(pointer, one)?)),
        Scalars::Several(list) => list,
    };
    length(pointer, Some(list.len()), MAX_CONDITIONS)?;
    let each = list.into_iter().enumerate().map(|(i, one)| value(&format!("{pointer}/{i}"), one.into()));
    let values = each.collect::<Result<Vec<_>, _>>()?;
    if values.iter().any(|value| value.wanted() != values[0].wanted()) {
        return Err(Fault::at(pointer, "the values of a list are texts or numbers, and not both"));
    }
    Ok(FieldTest::In(Values::new(values)))
}
