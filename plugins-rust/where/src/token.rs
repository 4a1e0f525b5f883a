//! The words of a condition.
use crate::fault::Fault;
use crate::time::{access_time_at, is_access_time};
use plughost_values::rfc3339_of;
use std::num::IntErrorKind;

/// A word, and where it begins, in bytes.
#[derive(Clone, Debug, PartialEq)]
pub struct Token {
    pub at: usize,
    pub kind: Kind,
}

/// What a word is.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// A name of a column without quotes, or a keyword.
    Name(String),
    /// A name of a column in backquotes, which is never a keyword.
    Quoted(String),
    Text(String),
    Integer(i64),
    Real(f64),
    /// In nanoseconds since 1970.
    Time(i64),
    /// An operator, a parenthesis or a comma.
    Sign(&'static str),
}

const SIGNS: [&str; 14] = ["==", "!=", "<=", ">=", "!~", "=", "<", ">", "~", "(", ")", ",", "&&", "||"];

const NO_ARITHMETIC: &str = "; there is no arithmetic, a column is compared with a value";

/// Splits a condition into words.
pub fn tokens(text: &str) -> Result<Vec<Token>, Fault> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(first) = text[at..].chars().next() {
        if first.is_whitespace() {
            at += first.len_utf8();
            continue;
        }
        let (kind, len) = word(&text[at..]).map_err(|(offset, reason)| Fault { at: at + offset, reason })?;
        tokens.push(Token { at, kind });
        at += len;
    }
    Ok(tokens)
}

/// Reads the first word. Returns it and its length, or what is wrong and where.
fn word(text: &str) -> Result<(Kind, usize), (usize, String)> {
    let first = text.chars().next().unwrap_or(' ');
    match first {
        '\'' | '"' => quoted(text, first).map(|(text, len)| (Kind::Text(text), len)),
        '`' => quoted(text, first).map(|(name, len)| (Kind::Quoted(name), len)),
        _ if is_access_time(text) => access_time_at(text).map(|(time, len)| (Kind::Time(time), len)).ok_or_else(|| {
            let word: String = text.chars().take(26).collect();
            (0, format!("{word} is no time; write 20/May/2015:10:05:03 +0000"))
        }),
        '0'..='9' | '-' | '+' | '.' => number(text),
        _ if is_of_name(first) => {
            let len = text.find(|c| !is_of_name(c)).unwrap_or(text.len());
            Ok((Kind::Name(text[..len].to_owned()), len))
        }
        _ => {
            let sign = SIGNS.iter().find(|sign| text.starts_with(**sign));
            sign.map(|sign| (Kind::Sign(sign), sign.len())).ok_or_else(|| {
                let hint = match first {
                    '!' => "; write not",
                    '*' | '/' | '%' | '^' => NO_ARITHMETIC,
                    '“' | '”' | '‘' | '’' | '„' => "; the quotes of a text are \" or '",
                    _ => "",
                };
                (0, format!("{first:?} is no part of a condition{hint}"))
            })
        }
    }
}

fn is_of_name(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '.' | '@' | '$') || c == '-'
}

/// Reads a text in quotes. Backslashes mean something only before a quote of the same kind: there two stand for one, and one
/// more puts the quote into the text. All others stand for themselves, so that patterns need no second one.
fn quoted(text: &str, quote: char) -> Result<(String, usize), (usize, String)> {
    let mut read = String::new();
    let mut backslashes = 0;
    for (at, c) in text.char_indices().skip(1) {
        if c == '\\' {
            backslashes += 1;
            continue;
        }
        let is_quote = c == quote;
        let kept = if is_quote { backslashes / 2 } else { backslashes };
        read.extend(std::iter::repeat_n('\\', kept));
        if is_quote && backslashes % 2 == 0 {
            return Ok((read, at + 1));
        }
        read.push(c);
        backslashes = 0;
    }
    Err((0, format!("the text that begins with {quote} has no end")))
}

/// Reads a number, perhaps with k, M, G (thousands) or Ki, Mi, Gi (1024), or a time.
fn number(text: &str) -> Result<(Kind, usize), (usize, String)> {
    let len = text
        .char_indices()
        .find(|(at, c)| {
            let exponent = *at > 0 && matches!(text.as_bytes()[at - 1], b'e' | b'E');
            !(c.is_ascii_alphanumeric()
                || matches!(c, '.' | ':')
                || (matches!(c, '-' | '+') && (*at == 0 || exponent || is_date(text))))
        })
        .map_or(text.len(), |(at, _)| at);
    let word = &text[..len];
    if is_date(word) {
        let wrong = || (0, format!("{word} is no time; write 2026-01-31T09:30:00Z, or 2026-01-31"));
        return rfc3339_of(word).map(|time| (Kind::Time(time), len)).ok_or_else(wrong);
    }
    let digits = word.find(|c: char| c.is_ascii_alphabetic() && !matches!(c, 'e' | 'E')).unwrap_or(len);
    let (digits, unit) = word.split_at(digits);
    let times: Option<i64> = match unit {
        "" => Some(1),
        "k" | "K" => Some(1_000),
        "M" => Some(1_000_000),
        "G" => Some(1_000_000_000),
        "Ki" => Some(1 << 10),
        "Mi" => Some(1 << 20),
        "Gi" => Some(1 << 30),
        _ => None,
    };
    let wrong = || {
        let hint = if !word.contains(|c: char| c.is_ascii_digit()) {
            NO_ARITHMETIC
        } else if matches!(unit, "ns" | "us" | "ms" | "s" | "m" | "h" | "d") {
            "; a column has no unit of time, so write the number in the unit of the column"
        } else if word.matches('.').count() > 1 {
            "; a text stands in quotes"
        } else {
            "; units are k, M, G and Ki, Mi, Gi"
        };
        (0, format!("{word} is no number{hint}"))
    };
    let times = times.ok_or_else(wrong)?;
    if digits.contains(['.', 'e', 'E']) {
        let real = digits.parse::<f64>().map_err(|_| wrong())? * times as f64;
        if real.is_infinite() {
            return Err((0, format!("{word} is larger than a real number can be")));
        }
        return Ok((Kind::Real(real), len));
    }
    let too_large = || (0, format!("{word} is no integer of 64 bits; write {digits}.0 for a real number"));
    match digits.parse::<i64>() {
        Ok(number) => number.checked_mul(times).map(|integer| (Kind::Integer(integer), len)).ok_or_else(too_large),
        Err(error) => Err(match error.kind() {
            IntErrorKind::PosOverflow | IntErrorKind::NegOverflow => too_large(),
            _ => wrong(),
        }),
    }
}

/// Returns whether a word begins as a date does: four digits and a dash.
fn is_date(word: &str) -> bool {
    let bytes = word.as_bytes();
    bytes.len() > 4 && bytes[..4].iter().all(u8::is_ascii_digit) && bytes[4] == b'-'
}
