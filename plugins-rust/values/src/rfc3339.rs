//! Times as conditions write them: by RFC 3339 alone.
use crate::time::days_of;

/// Returns the nanoseconds since 1970 of a date, or of a date and a time with its zone. `None` for any other text, and for a
/// time that 64 bits do not reach.
pub fn rfc3339_of(text: &str) -> Option<i64> {
    let (date, rest) = (text.get(..10)?, &text[10..]);
    let days = days_of(number(date.get(..4)?)?, number(date.get(5..7)?)?, number(date.get(8..)?)?)?;
    if date.as_bytes()[4] != b'-' || date.as_bytes()[7] != b'-' {
        return None;
    }
    if rest.is_empty() {
        return days.checked_mul(86_400_000_000_000);
    }
    let time = rest.strip_prefix(['T', 't'])?;
    let (hour, minute, second) = (number(time.get(..2)?)?, number(time.get(3..5)?)?, number(time.get(6..8)?)?);
    if time.as_bytes()[2] != b':' || time.as_bytes()[5] != b':' || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let mut zone = &time[8..];
    let mut fraction = 0;
    if let Some(digits) = zone.strip_prefix('.') {
        let len = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
        if len == 0 || len > 9 {
            return None;
        }
        fraction = number(&digits[..len])? * 10_i64.pow(9 - len as u32);
        zone = &digits[len..];
    }
    let shift = match zone.as_bytes() {
        b"Z" | b"z" => 0,
        [sign @ (b'+' | b'-'), _, _, b':', _, _] => {
            let (hours, minutes) = (number(&zone[1..3])?, number(&zone[4..])?);
            if hours > 23 || minutes > 59 {
                return None;
            }
            (hours * 60 + minutes) * if *sign == b'-' { -60 } else { 60 }
        }
        _ => return None,
    };
    let seconds = days * 86_400 + hour * 3_600 + minute * 60 + second - shift;
    seconds.checked_mul(1_000_000_000)?.checked_add(fraction)
}

fn number(digits: &str) -> Option<i64> {
    digits.bytes().all(|digit| digit.is_ascii_digit()).then(|| digits.parse().ok())?
}
