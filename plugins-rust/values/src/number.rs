//! Compares numbers by their values. None is rounded first: 64 bits hold integers that no double has.
use crate::condition::Value;
use std::cmp::Ordering;

/// Compares an integer with a value that is a number.
pub fn integer_to(found: i64, value: &Value) -> Ordering {
    match value {
        Value::Integer(integer) => found.cmp(integer),
        Value::Real(real) => integer_to_real(found, *real),
        _ => unreachable!("only numbers are compared with numbers"),
    }
}

/// Compares a real number, which is no NaN, with a value that is a number.
pub fn real_to(found: f64, value: &Value) -> Ordering {
    match value {
        Value::Integer(integer) => integer_to_real(*integer, found).reverse(),
        // -0 and 0 are equal here, and neither is a NaN.
        Value::Real(real) => found.partial_cmp(real).unwrap_or(Ordering::Equal),
        _ => unreachable!("only numbers are compared with numbers"),
    }
}

/// Compares a text that is a decimal number. Any other text is no answer.
pub fn text_to(found: &[u8], value: &Value) -> Option<Ordering> {
    let text = std::str::from_utf8(found).ok()?;
    if let Ok(integer) = text.parse::<i64>() {
        return Some(integer_to(integer, value));
    }
    let is_plain = text.bytes().all(|c| c.is_ascii_digit() || matches!(c, b'+' | b'-' | b'.' | b'e' | b'E'));
    let real = text.parse::<f64>().ok().filter(|real| is_plain && real.is_finite())?;
    Some(real_to(real, value))
}

fn integer_to_real(integer: i64, real: f64) -> Ordering {
    /// 2 to the 63rd: all integers are below it, and not below its negative.
    const END: f64 = 9_223_372_036_854_775_808.0;
    if real >= END {
        return Ordering::Less;
    }
    if real < -END {
        return Ordering::Greater;
    }
    let whole = real.trunc();
    integer.cmp(&(whole as i64)).then_with(|| whole.total_cmp(&real))
}
