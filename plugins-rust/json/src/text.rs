//! The text of JSON strings with escapes.

/// Returns the length of the escape at the beginning of a text, which begins with its backslash. `None` if it is none.
pub fn escape_len(text: &[u8]) -> Option<usize> {
    match text.get(1)? {
        b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => Some(2),
        b'u' => unit(text).map(|_| 6),
        _ => None,
    }
}

/// Returns the UTF-16 unit of an escape `\uXXXX` at the beginning of a text.
fn unit(text: &[u8]) -> Option<u16> {
    let [b'\\', b'u', digits @ ..] = text.first_chunk::<6>()? else { return None };
    digits.iter().try_fold(0, |unit, digit| Some(unit << 4 | char::from(*digit).to_digit(16)? as u16))
}

/// Appends the text of a string, given without its quotes. Its escapes are correct. Half of a surrogate pair becomes
/// U+FFFD; bytes that are not UTF-8 stay as they are.
pub fn decode(mut string: &[u8], text: &mut Vec<u8>) {
    while let Some(at) = string.iter().position(|byte| *byte == b'\\') {
        text.extend_from_slice(&string[..at]);
        string = &string[at..];
        let (character, len) = match string.get(1) {
            Some(b'u') => character(string),
            Some(b'b') => ('\u{8}', 2),
            Some(b'f') => ('\u{c}', 2),
            Some(b'n') => ('\n', 2),
            Some(b'r') => ('\r', 2),
            Some(b't') => ('\t', 2),
            Some(other) => (char::from(*other), 2),
            None => (char::REPLACEMENT_CHARACTER, 1),
        };
        text.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
        string = &string[len.min(string.len())..];
    }
    text.extend_from_slice(string);
}

/// Returns the character of one escape `\uXXXX`, or of two that are a surrogate pair, and the length of what it is made of.
fn character(string: &[u8]) -> (char, usize) {
    let high = unit(string).unwrap_or(0xfffd);
    let low = if (0xd800..0xdc00).contains(&high) { string.get(6..).and_then(unit) } else { None };
    match low {
        Some(low @ 0xdc00..=0xdfff) => {
            let code = 0x10000 + (u32::from(high & 0x3ff) << 10) + u32::from(low & 0x3ff);
            (char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER), 12)
        }
        _ => (char::from_u32(u32::from(high)).unwrap_or(char::REPLACEMENT_CHARACTER), 6),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_are_decoded() {
        let cases: [(&[u8], &str); 8] = [
            (br#"plain"#, "plain"),
            (br#"\"\\\/\b\f\n\r\t"#, "\"\\/\u{8}\u{c}\n\r\t"),
            (br"a\u00e9z", "a\u{e9}z"),
            (br"\ud83d\uDE00!", "\u{1f600}!"),
            (br"\ud83d", "\u{fffd}"),
            (br"\ud83dx\ude00", "\u{fffd}x\u{fffd}"),
            (br"\ud83d\ud83d\ude00", "\u{fffd}\u{1f600}"),
            (br"\u0000", "\0"),
        ];
        for (string, wanted) in cases {
            let mut text = Vec::new();
            decode(string, &mut text);
            assert_eq!(String::from_utf8_lossy(&text), wanted);
        }
    }
}
