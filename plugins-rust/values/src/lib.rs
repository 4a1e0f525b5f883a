//! What typed values mean: how parsers read them from text, and how conditions compare them. All plugins in Rust use these
//! functions, so a text means the same in each format, and a comparison the same in each language of conditions.
pub mod condition;
mod number;
mod rfc3339;
mod time;

pub use rfc3339::rfc3339_of;
pub use time::{days_of, time_of, time_of_number};

use plughost::{Cells, Span, Type};

/// Sets a cell to a text of the row's own line, as the type that its column has. A text that cannot be read as this type
/// leaves the cell null.
pub fn set_from_text(cells: &mut Cells, row: usize, column: usize, kind: Type, text: &[u8], span: Span) {
    match kind {
        Type::Text | Type::Any => cells.set_span(row, column, span),
        _ => set_converted(cells, row, column, kind, text),
    }
}

/// Sets a cell to what a text means as an integer, a real number, a time or a boolean.
pub fn set_converted(cells: &mut Cells, row: usize, column: usize, kind: Type, text: &[u8]) {
    match kind {
        Type::Integer => integer_of(text).into_iter().for_each(|value| cells.set_integer(row, column, value)),
        Type::Real => real_of(text).into_iter().for_each(|value| cells.set_real(row, column, value)),
        Type::Time => {
            let time = time_of(text).or_else(|| time_of_number(text));
            time.into_iter().for_each(|value| cells.set_time(row, column, value));
        }
        Type::Boolean => boolean_of(text).into_iter().for_each(|value| cells.set_boolean(row, column, value)),
        Type::Text | Type::Any => {}
    }
}

/// Returns whether a text is a boolean, and which.
pub fn boolean_of(text: &[u8]) -> Option<bool> {
    match text {
        b"true" => Some(true),
        b"false" => Some(false),
        _ => None,
    }
}

/// Returns the integer that a text is. A text such as `5.0` or `1e3` counts if a double holds its value exactly. `None` for
/// fractions, and for numbers that 64 bits do not hold.
pub fn integer_of(text: &[u8]) -> Option<i64> {
    let (digits, negative) = match text {
        [b'-', rest @ ..] => (rest, true),
        [b'+', rest @ ..] => (rest, false),
        _ => (text, false),
    };
    // No number of 18 digits needs a check for overflow.
    if !digits.is_empty() && digits.len() <= 18 && digits.iter().all(u8::is_ascii_digit) {
        let value = digits.iter().fold(0, |value, digit| value * 10 + i64::from(digit - b'0'));
        return Some(if negative { -value } else { value });
    }
    if let Some(integer) = plain(text).and_then(|text| text.parse().ok()) {
        return Some(integer);
    }
    const EXACT: f64 = (1_u64 << 53) as f64;
    let real = if digits.iter().all(u8::is_ascii_digit) { None } else { real_of(text) };
    real.filter(|real| real.fract() == 0.0 && real.abs() < EXACT).map(|real| real as i64)
}

/// Returns the double nearest to the decimal number that a text is. `None` for a number that no double reaches.
pub fn real_of(text: &[u8]) -> Option<f64> {
    let real: f64 = plain(text)?.parse().ok()?;
    // The sum turns a negative zero into zero.
    real.is_finite().then_some(real + 0.0)
}

/// Returns a text that may be a decimal number. Words such as `inf` and `nan` are none.
fn plain(text: &[u8]) -> Option<&str> {
    let is_plain = |c: &u8| c.is_ascii_digit() || matches!(c, b'+' | b'-' | b'.' | b'e' | b'E');
    if text.len() <= MAX_NUMBER && text.iter().all(is_plain) {
        std::str::from_utf8(text).ok()
    } else {
        None
    }
}

/// The longest text that is read as a number, in bytes. A double has at most 767 digits that matter.
const MAX_NUMBER: usize = 1100;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_are_exact_or_none() {
        let cases: [(&str, Option<i64>); 21] = [
            ("0", Some(0)),
            ("-0", Some(0)),
            ("+7", Some(7)),
            ("0042", Some(42)),
            ("999999999999999999", Some(999_999_999_999_999_999)),
            ("9223372036854775807", Some(i64::MAX)),
            ("-9223372036854775808", Some(i64::MIN)),
            ("9223372036854775808", None),
            ("5.0", Some(5)),
            ("1e3", Some(1000)),
            ("1.5", None),
            ("9007199254740993.0", None),
            ("1e400", None),
            ("", None),
            ("-", None),
            ("+-1", None),
            ("1 ", None),
            ("0x10", None),
            ("inf", None),
            ("1_000", None),
            ("e", None),
        ];
        for (text, wanted) in cases {
            assert_eq!(integer_of(text.as_bytes()), wanted, "{text:?}");
        }
    }

    #[test]
    fn reals_are_finite_and_zero_has_no_sign() {
        assert_eq!(real_of(b"1.5e3"), Some(1500.0));
        assert_eq!(real_of(b"9223372036854775808"), Some(9_223_372_036_854_775_808.0));
        assert!(real_of(b"-0.0").is_some_and(|zero| zero == 0.0 && zero.is_sign_positive()));
        assert_eq!(real_of(b"1e-400"), Some(0.0));
        for text in ["1e400", "nan", "inf", "infinity", "", ".", "1,5", "0x1p3", "\u{661}"] {
            assert_eq!(real_of(text.as_bytes()), None, "{text:?}");
        }
    }
}
