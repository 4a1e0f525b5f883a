//! Times as conditions write them: by RFC 3339, as access logs do, or as seconds since 1970.
use plughost_values::rfc3339_of;

/// How long a time of an access log is, such as `20/May/2015:10:05:03 +0000`.
const OF_ACCESS_LOG: usize = 26;

/// Returns the nanoseconds since 1970 that a whole text says. `None` for any other text, and for a time that 64 bits do not
/// reach.
pub fn time_of(text: &str) -> Option<i64> {
    rfc3339_of(text).or_else(|| match access_time_at(text) {
        Some((time, len)) if len == text.len() => Some(time),
        _ => epoch_of(text),
    })
}

/// Reads a time of an access log with which a text begins. Returns it and its length.
pub fn access_time_at(text: &str) -> Option<(i64, usize)> {
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let time = text.get(..OF_ACCESS_LOG).filter(|time| time.is_ascii())?;
    let month = 1 + MONTHS.iter().position(|name| time[3..6].eq_ignore_ascii_case(name))?;
    let (day, year, clock, hours, minutes) = (&time[..2], &time[7..11], &time[12..20], &time[21..24], &time[24..]);
    let signs = [2, 6, 11, 20].map(|at| time.as_bytes()[at]);
    if signs != *b"//: " {
        return None;
    }
    rfc3339_of(&format!("{year}-{month:02}-{day}T{clock}{hours}:{minutes}")).map(|time| (time, OF_ACCESS_LOG))
}

/// Returns whether a text begins as a time of an access log does: a day, a slash and a month.
pub fn is_access_time(text: &str) -> bool {
    matches!(text.as_bytes(), [b'0'..=b'9', b'0'..=b'9', b'/', month, ..] if month.is_ascii_alphabetic())
}

/// Reads `@` and seconds since 1970, perhaps negative or with a fraction.
pub fn epoch_of(text: &str) -> Option<i64> {
    let seconds = text.strip_prefix('@')?;
    let digits = seconds.strip_prefix('-').unwrap_or(seconds);
    let (whole, fraction) = digits.split_once('.').map_or((digits, None), |(whole, fraction)| (whole, Some(fraction)));
    let are_digits = |text: &str| !text.is_empty() && text.bytes().all(|digit| digit.is_ascii_digit());
    if !are_digits(whole) || fraction.is_some_and(|fraction| !are_digits(fraction) || fraction.len() > 9) {
        return None;
    }
    let nanoseconds: i64 = format!("{:0<9}", fraction.unwrap_or("")).parse().ok()?;
    let time = whole.parse::<i64>().ok()?.checked_mul(1_000_000_000)?.checked_add(nanoseconds)?;
    Some(if digits.len() < seconds.len() { -time } else { time })
}
