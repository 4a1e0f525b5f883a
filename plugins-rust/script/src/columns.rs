//! Columns that a script declares, and rows as its functions get them.
use crate::failure::{shown, Failure};
use crate::interpreter::Running;
use crate::line::Line;
use plughost::{Field, Rows, Type};
use rquickjs::{Atom, IntoJs, Object, Value};
use std::ffi::CString;

/// The most columns that a part of a script may declare.
const MAX_COLUMNS: usize = 100;

const TYPES: [(&str, Type); 6] = [
    ("any", Type::Any),
    ("text", Type::Text),
    ("integer", Type::Integer),
    ("real", Type::Real),
    ("time", Type::Time),
    ("boolean", Type::Boolean),
];

/// Names and types of columns, in their order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Columns(Vec<(CString, Type)>);

impl Columns {
    /// Reads columns from an object of the script, `{ status: 'integer' }`. `what` names it in messages; `of_rows` is whether
    /// they may have any type, as the columns of rows may.
    pub fn read<'js>(
        running: &Running<'_, 'js>,
        value: &Value<'js>,
        what: &str,
        of_rows: bool,
    ) -> Result<Self, Failure> {
        let refuse = |reason: String| Failure::new(format!("{}: {what} {reason}", running.module.main));
        let object = value.as_object().filter(|_| !value.is_array() && !value.is_function());
        let Some(object) = object else {
            return Err(refuse(format!("must be an object such as {{ status: 'integer' }}, not {}", shown(value))));
        };
        let mut columns = Vec::new();
        for entry in object.props::<rquickjs::String, Value>() {
            let (name, kind) = entry.map_err(|error| running.caught(error))?;
            let Ok(name) = name.to_string() else {
                return Err(refuse(format!("have a name with half a surrogate pair: {:?}", running.utf8(&name)?)));
            };
            let known = kind.as_string().and_then(|word| word.to_string().ok());
            let known = TYPES.iter().skip(usize::from(!of_rows)).find(|(word, _)| Some(*word) == known.as_deref());
            let Some((_, known)) = known else {
                let words = TYPES.iter().skip(usize::from(!of_rows)).map(|(word, _)| *word).collect::<Vec<_>>();
                let reason = format!("have the types {}, and {name:?} has {}", words.join(", "), shown(&kind));
                return Err(refuse(reason));
            };
            if let Some(fault) = fault_of_name(&name) {
                return Err(refuse(fault));
            }
            let name = CString::new(name).map_err(|error| refuse(error.to_string()))?;
            columns.push((name, *known));
        }
        if columns.len() > MAX_COLUMNS {
            return Err(refuse(format!("are {}, and there may be {MAX_COLUMNS}", columns.len())));
        }
        Ok(Columns(columns))
    }

    /// Returns a column for the host.
    pub fn field(&self, index: usize) -> Option<Field<'_>> {
        self.0.get(index).map(|(name, kind)| Field::new(name, *kind))
    }

    /// Returns whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the names, and the types.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Type)> {
        self.0.iter().map(|(name, kind)| (name.to_str().unwrap_or_default(), *kind))
    }
}

/// Returns what is wrong with the name of a column: what the contract forbids, and what JavaScript takes for something else.
fn fault_of_name(name: &str) -> Option<String> {
    /// The most bytes of a name.
    const MAX_NAME: usize = 255;
    match name {
        "" => Some("have one without a name".into()),
        "__proto__" => Some("have the name __proto__, which is the prototype of a row in JavaScript".into()),
        _ if name.len() > MAX_NAME => Some(format!("have a name of {} bytes, and {MAX_NAME} is the most", name.len())),
        _ if name.bytes().any(|byte| byte.is_ascii_control()) => {
            Some(format!("have a name with a control character: {name:?}"))
        }
        _ => None,
    }
}

/// Makes the objects that the functions of a script get for rows.
pub struct RowMaker<'a, 'js> {
    running: &'a Running<'a, 'js>,
    rows: &'a Rows<'a>,
    /// The name of each column, and the type that it has in these rows.
    columns: Vec<(Atom<'js>, Type)>,
}

impl<'a, 'js> RowMaker<'a, 'js> {
    pub fn new(running: &'a Running<'a, 'js>, columns: &Columns, rows: &'a Rows<'a>) -> Result<Self, Failure> {
        let atom = |(index, (name, _)): (usize, (&str, Type))| {
            let atom = Atom::from_str(running.js.clone(), name).map_err(|error| running.caught(error))?;
            Ok((atom, rows.kind(index)))
        };
        let columns = columns.iter().enumerate().map(atom).collect::<Result<_, Failure>>()?;
        Ok(RowMaker { running, rows, columns })
    }

    /// Makes the object of a row. A column without a value is null.
    pub fn row(&self, row: usize) -> Result<Value<'js>, Failure> {
        let caught = |error| self.running.caught(error);
        let object = Object::new(self.running.js.clone()).map_err(caught)?;
        for (column, (name, kind)) in self.columns.iter().enumerate() {
            object.set(name.clone(), self.value(row, column, *kind)?).map_err(caught)?;
        }
        Ok(object.into_value())
    }

    fn value(&self, row: usize, column: usize, kind: Type) -> Result<Value<'js>, Failure> {
        let js = &self.running.js;
        let number = |number: f64| number.into_js(js).map_err(|error| self.running.caught(error));
        let made = match kind {
            Type::Integer => self.rows.integer(row, column).map(|integer| number(integer as f64)),
            Type::Real => self.rows.real(row, column).map(number),
            Type::Time => self.rows.time(row, column).map(|time| number(milliseconds_of(time))),
            Type::Boolean => self.rows.boolean(row, column).map(|boolean| Ok(Value::new_bool(js.clone(), boolean))),
            Type::Text | Type::Any => {
                self.rows.text(row, column).map(|text| Line::new(self.running, text).map(|line| line.value))
            }
        };
        made.unwrap_or_else(|| Ok(Value::new_null(js.clone())))
    }

    /// Returns where the line of a row begins in the block.
    pub fn offset(&self, row: usize) -> u64 {
        self.rows.lines().map_or(0, |lines| lines.spans()[row].offset.into())
    }
}

/// Returns milliseconds since 1970, as `Date` takes them.
fn milliseconds_of(time: i64) -> f64 {
    const MILLISECOND: i64 = 1_000_000;
    time.div_euclid(MILLISECOND) as f64 + time.rem_euclid(MILLISECOND) as f64 / MILLISECOND as f64
}

/// Returns nanoseconds since 1970 of milliseconds; `None` for a time that 64 bits do not reach.
pub fn time_of(milliseconds: f64) -> Option<i64> {
    let whole = milliseconds.floor();
    let rest = ((milliseconds - whole) * 1e6).round() as i64;
    let whole = integer_of(whole)?;
    whole.checked_mul(1_000_000)?.checked_add(rest)
}

/// Returns the integer that a number is; `None` for one that is no integer, or that a double does not hold exactly.
pub fn integer_of(number: f64) -> Option<i64> {
    /// The largest integer below which a double holds all.
    const SAFE: f64 = 9_007_199_254_740_991.0;
    (number.fract() == 0.0 && number.abs() <= SAFE).then_some(number as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_milliseconds_and_back() {
        for (time, milliseconds) in
            [(0, 0.0), (1_500_000, 1.5), (-500_000, -0.5), (1_700_000_000_123_000_000, 1_700_000_000_123.0)]
        {
            assert_eq!(milliseconds_of(time), milliseconds);
            assert_eq!(time_of(milliseconds), Some(time));
        }
        for none in [f64::NAN, f64::INFINITY, 1e300, 9_300_000_000_000.0] {
            assert_eq!(time_of(none), None, "{none}");
        }
    }
}
