//! Times as logs write them.

const SECOND: i64 = 1_000_000_000;

/// Returns the nanoseconds since 1970 of a date, or of a date and a time: RFC 3339, also with a space instead of the T, a
/// comma before the fraction, a zone such as `+0100`, or no zone, which is UTC. Digits after the ninth of a fraction are
/// ignored. `None` for any other text, and for a time that 64 bits do not reach.
pub fn time_of(text: &[u8]) -> Option<i64> {
    let (date, rest) = text.split_at_checked(10)?;
    if date[4] != b'-' || date[7] != b'-' {
        return None;
    }
    let days = days_of(number(&date[..4])?, number(&date[5..7])?, number(&date[8..])?)?;
    let Some((b'T' | b't' | b' ', rest)) = rest.split_first() else {
        return if rest.is_empty() { days.checked_mul(86_400 * SECOND) } else { None };
    };
    let (time, mut zone) = rest.split_at_checked(8)?;
    let (hour, minute, second) = (number(&time[..2])?, number(&time[3..5])?, number(&time[6..])?);
    if time[2] != b':' || time[5] != b':' || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let mut fraction = 0;
    if let Some((b'.' | b',', digits)) = zone.split_first() {
        let len = digits.iter().position(|c| !c.is_ascii_digit()).unwrap_or(digits.len());
        let kept = len.min(9);
        fraction = number(&digits[..kept])? * 10_i64.pow(9 - kept as u32);
        zone = &digits[len..];
    }
    let seconds = days * 86_400 + hour * 3_600 + minute * 60 + second - shift_of(zone)?;
    seconds.checked_mul(SECOND)?.checked_add(fraction)
}

/// Returns the nanoseconds since 1970 of a number of seconds, milliseconds, microseconds or nanoseconds. Its size says which:
/// below 100 billion it counts seconds, and each further unit begins at a thousand times more. It may have an exponent.
/// The result is exact to the nanosecond, and smaller parts are dropped.
pub fn time_of_number(text: &[u8]) -> Option<i64> {
    let unsigned = text.strip_prefix(b"-").unwrap_or(text);
    let mut parts = unsigned.splitn(2, |c| matches!(c, b'e' | b'E'));
    let mut digits = parts.next()?.splitn(2, |c| *c == b'.');
    let exponent = parts.next().map_or(Some(0), exponent_of)?;
    let (whole, fraction) = (digits.next()?, digits.next());
    if !is_digits(whole) || fraction.is_some_and(|fraction| !is_digits(fraction)) {
        return None;
    }
    let fraction = fraction.unwrap_or_default();
    // Both parts are one row of digits, in which the exponent moves the point. Before and after the row there are zeros.
    let digit = |at: i64| {
        let at = usize::try_from(at).ok();
        let found = at.and_then(|at| whole.get(at).or_else(|| fraction.get(at.checked_sub(whole.len())?)));
        found.map_or(0, |digit| i64::from(digit - b'0'))
    };
    let point = whole.len() as i64 + exponent;
    let Some(first) = whole.iter().chain(fraction).position(|digit| *digit != b'0') else { return Some(0) };
    // 64 bits hold 19 digits.
    if point - first as i64 > 19 {
        return None;
    }
    let add = |value: i64, at| value.checked_mul(10)?.checked_add(digit(at));
    let before = (first as i64..point).try_fold(0, add)?;
    let behind = (point..point + 9).try_fold(0, add)?;
    let nanoseconds = match before {
        0..100_000_000_000 => 1_000_000_000,
        100_000_000_000..100_000_000_000_000 => 1_000_000,
        100_000_000_000_000..100_000_000_000_000_000 => 1_000,
        _ => 1,
    };
    let time = before.checked_mul(nanoseconds)?.checked_add(behind * nanoseconds / SECOND)?;
    Some(if unsigned.len() < text.len() { -time } else { time })
}

/// Returns the exponent that digits are, perhaps with a sign. One beyond 2^40 stays there: no text has so many digits.
fn exponent_of(text: &[u8]) -> Option<i64> {
    let digits = text.strip_prefix(b"-").or_else(|| text.strip_prefix(b"+")).unwrap_or(text);
    if !is_digits(digits) {
        return None;
    }
    let size = digits.iter().fold(0, |value, digit| (value * 10 + i64::from(digit - b'0')).min(1 << 40));
    Some(if text[0] == b'-' { -size } else { size })
}

fn is_digits(text: &[u8]) -> bool {
    !text.is_empty() && text.iter().all(u8::is_ascii_digit)
}

/// Returns the seconds by which a zone is before UTC.
fn shift_of(zone: &[u8]) -> Option<i64> {
    let (sign, hours, minutes) = match zone {
        [] | [b'Z' | b'z'] => return Some(0),
        [sign @ (b'+' | b'-'), rest @ ..] => match rest {
            [_, _] => (sign, rest, &b"00"[..]),
            [_, _, _, _] => (sign, &rest[..2], &rest[2..]),
            [_, _, b':', _, _] => (sign, &rest[..2], &rest[3..]),
            _ => return None,
        },
        _ => return None,
    };
    let (hours, minutes) = (number(hours)?, number(minutes)?);
    (hours < 24 && minutes < 60).then_some((hours * 60 + minutes) * if *sign == b'-' { -60 } else { 60 })
}

/// Returns the number that 1 to 19 digits are. `None` for anything else, and for a number that 64 bits do not hold.
fn number(digits: &[u8]) -> Option<i64> {
    let is_number = digits.len() <= 19 && is_digits(digits);
    let add = |value: i64, digit: &u8| value.checked_mul(10)?.checked_add(i64::from(digit - b'0'));
    if is_number {
        digits.iter().try_fold(0, add)
    } else {
        None
    }
}

/// Returns the days from 1970-01-01 to a date of the Gregorian calendar; `None` when there is no such date.
pub fn days_of(year: i64, month: i64, day: i64) -> Option<i64> {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let lengths = [31, if leap { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    if day < 1 || day > *lengths.get(usize::try_from(month - 1).ok()?)? {
        return None;
    }
    // A year that begins in March ends with the leap day.
    let year = if month <= 2 { year - 1 } else { year };
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    Some(era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_logs() {
        let second = 1_700_000_000 * SECOND; // 2023-11-14T22:13:20Z
        let cases: [(&str, Option<i64>); 22] = [
            ("2023-11-14T22:13:20Z", Some(second)),
            ("2023-11-14T22:13:20", Some(second)),
            ("2023-11-14 22:13:20", Some(second)),
            ("2023-11-14t22:13:20z", Some(second)),
            ("2023-11-14T23:13:20+01:00", Some(second)),
            ("2023-11-14T16:43:20-0530", Some(second)),
            ("2023-11-15T00:13:20+02", Some(second)),
            ("2023-11-14T22:13:20.5Z", Some(second + SECOND / 2)),
            ("2023-11-14 22:13:20,123", Some(second + 123_000_000)),
            ("2023-11-14T22:13:20.1234567899Z", Some(second + 123_456_789)),
            ("2023-11-14", Some(19_675 * 86_400 * SECOND)),
            ("1970-01-01", Some(0)),
            ("1677-01-01", None),
            ("2263-01-01T00:00:00Z", None),
            ("2023-02-29", None),
            ("2023-11-14T", None),
            ("2023-11-14T24:00:00Z", None),
            ("2023-11-14T22:13:20.Z", None),
            ("2023-11-14T22:13:20 Z", None),
            ("2023-11-14T22:13:20+1:00", None),
            ("2023/11/14", None),
            ("", None),
        ];
        for (text, wanted) in cases {
            assert_eq!(time_of(text.as_bytes()), wanted, "{text:?}");
        }
    }

    #[test]
    fn numbers_are_times_by_their_size() {
        let second = 1_700_000_000 * SECOND;
        let cases: [(&str, Option<i64>); 38] = [
            ("1700000000", Some(second)),
            ("1700000000.25", Some(second + SECOND / 4)),
            ("1700000000250", Some(second + SECOND / 4)),
            ("1700000000250.5", Some(second + SECOND / 4 + 500_000)),
            ("1700000000250000", Some(second + SECOND / 4)),
            ("1700000000250000000", Some(second + SECOND / 4)),
            ("1700000000.1234567899", Some(second + 123_456_789)),
            ("-1.5", Some(-SECOND - SECOND / 2)),
            ("0", Some(0)),
            ("9223372036854775808", None),
            ("1e9", Some(1_000_000_000 * SECOND)),
            ("1E+9", Some(1_000_000_000 * SECOND)),
            ("1.7e9", Some(second)),
            ("1.70000000025e9", Some(second + SECOND / 4)),
            ("17000000002500e-4", Some(second + SECOND / 4)),
            ("1.70000000025E12", Some(second + SECOND / 4)),
            ("1.70000000025e15", Some(second + SECOND / 4)),
            ("1.70000000025e18", Some(second + SECOND / 4)),
            ("-1.5e0", Some(-SECOND - SECOND / 2)),
            ("1e-9", Some(1)),
            ("25e-10", Some(2)),
            ("1e-400", Some(0)),
            ("0e99999999999999999999999", Some(0)),
            ("0.000001e6", Some(SECOND)),
            ("0.00000000000000000000000017e34", Some(second)),
            ("9.223372036854775807e18", Some(i64::MAX)),
            ("9.223372036854775808e18", None),
            ("1e19", None),
            ("1e99999999999999999999999", None),
            ("1e-99999999999999999999999", Some(0)),
            ("1e", None),
            ("1e+", None),
            ("1e9.0", None),
            ("1.e9", None),
            ("e9", None),
            ("1.", None),
            ("-", None),
            ("", None),
        ];
        for (text, wanted) in cases {
            assert_eq!(time_of_number(text.as_bytes()), wanted, "{text:?}");
        }
    }
}
