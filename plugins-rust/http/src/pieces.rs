//! Answers about what becomes of lines.
use crate::connection::Answer;
use crate::problem::{BYTES, JSON};
use serde::Deserialize;
use std::borrow::Cow;

/// What becomes of the next lines.
pub struct Piece<'a> {
    /// How many lines.
    pub count: usize,
    /// What replaces them: whole lines, or nothing if they are dropped. None: they stay.
    pub text: Option<Cow<'a, [u8]>>,
}

/// In place of the length of the new text: there is none, the lines stay.
const SAME: u32 = u32::MAX;

#[derive(Deserialize)]
struct Made {
    pieces: Vec<Written>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    Same([u32; 1]),
    Replaced(u32, String),
}

/// Reads an answer. Its pieces are whole lines, from the first to the last without a hole, and each text is whole lines.
/// `begins` has where each line begins in the body, and `size` is that of the body.
pub fn pieces_in<'a>(answer: &'a Answer, begins: &[usize], size: usize) -> Result<Vec<Piece<'a>>, String> {
    let (mut line, mut at) = (0, 0usize);
    let mut pieces = Vec::new();
    for (length, text) in lengths_in(answer)? {
        at = at.saturating_add(length as usize);
        let next = if at == size { begins.len() } else { begins.binary_search(&at).unwrap_or(0) };
        if next <= line {
            return Err("its answer is not about whole lines of what it was asked about".to_string());
        }
        if text.as_ref().is_some_and(|text| !(text.is_empty() || text.ends_with(b"\n"))) {
            return Err("its answer has a line without a newline at its end".to_string());
        }
        pieces.push(Piece { count: next - line, text });
        line = next;
    }
    if line == begins.len() {
        Ok(pieces)
    } else {
        Err("its answer is not about all lines that it was asked about".to_string())
    }
}

type Lengths<'a> = Vec<(u32, Option<Cow<'a, [u8]>>)>;

fn lengths_in(Answer { media_type, body }: &Answer) -> Result<Lengths<'_>, String> {
    match media_type.as_str() {
        BYTES => from_bytes(body).ok_or_else(|| "its answer ends in the middle of a piece".to_string()),
        JSON => {
            let Made { pieces } = serde_json::from_slice(body).map_err(|error| format!("its answer: {error}"))?;
            let read = |piece| match piece {
                Written::Same([length]) => (length, None),
                Written::Replaced(length, text) => (length, Some(Cow::Owned(text.into_bytes()))),
            };
            Ok(pieces.into_iter().map(read).collect())
        }
        other => Err(format!("its answer is of the type {other:?} and not {BYTES} or {JSON}")),
    }
}

fn from_bytes(mut rest: &[u8]) -> Option<Lengths<'_>> {
    let mut lengths = Vec::new();
    while !rest.is_empty() {
        let length = number(&mut rest)?;
        let text = match number(&mut rest)? {
            SAME => None,
            size => {
                let (text, after) = rest.split_at_checked(size as usize)?;
                rest = after;
                Some(Cow::Borrowed(text))
            }
        };
        lengths.push((length, text));
    }
    Some(lengths)
}

fn number(rest: &mut &[u8]) -> Option<u32> {
    let (bytes, after) = rest.split_first_chunk::<4>()?;
    *rest = after;
    Some(u32::from_le_bytes(*bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    type Read = Vec<(usize, Option<Vec<u8>>)>;
    type Sent<'a> = &'a [(u32, Option<&'a [u8]>)];

    /// Returns how many lines each piece has, and its text. Lines have 2, 3 and 4 bytes.
    fn pieces(media_type: &str, body: &[u8]) -> Result<Read, String> {
        let answer = Answer { media_type: media_type.to_string(), body: body.to_vec() };
        let pieces = pieces_in(&answer, &[0, 2, 5], 9)?;
        Ok(pieces.into_iter().map(|Piece { count, text }| (count, text.map(Cow::into_owned))).collect())
    }

    fn bytes(pieces: Sent) -> Vec<u8> {
        let one = |(length, text): &(u32, Option<&[u8]>)| {
            let size = text.map_or(SAME, |text| text.len() as u32);
            [&length.to_le_bytes()[..], &size.to_le_bytes(), text.unwrap_or_default()].concat()
        };
        pieces.iter().flat_map(one).collect()
    }

    #[test]
    fn whole_lines_are_taken_in_both_types() {
        let wanted = vec![(1, None), (1, Some(vec![])), (1, Some(b"x\ny\n".to_vec()))];
        assert_eq!(pieces(BYTES, &bytes(&[(2, None), (3, Some(b"")), (4, Some(b"x\ny\n"))])), Ok(wanted.clone()));
        assert_eq!(pieces(JSON, br#"{"pieces": [[2], [3, ""], [4, "x\ny\n"]]}"#), Ok(wanted));
        assert_eq!(pieces(BYTES, &bytes(&[(9, None)])), Ok(vec![(3, None)]));
    }

    #[test]
    fn everything_else_is_refused() {
        let some: [Sent; 9] = [
            &[],
            &[(2, None)],
            &[(1, None), (8, None)],
            &[(0, None), (9, None)],
            &[(9, None), (0, None)],
            &[(10, None)],
            &[(9, Some(b"x"))],
            &[(9, None), (9, None)],
            &[(u32::MAX, None), (u32::MAX, None)],
        ];
        for made in some {
            assert!(pieces(BYTES, &bytes(made)).is_err(), "{made:?}");
        }
        let whole = bytes(&[(9, Some(b"x\n"))]);
        (1..whole.len()).for_each(|cut| assert!(pieces(BYTES, &whole[..cut]).is_err(), "{cut}"));
        for body in [
            "",
            "{}",
            r#"{"pieces": [9]}"#,
            r#"{"pieces": [[9, 1]]}"#,
            r#"{"pieces": [[9, "x\n", 1]]}"#,
            r#"{"pieces": [[9.5]]}"#,
        ] {
            assert!(pieces(JSON, body.as_bytes()).is_err(), "{body}");
        }
        assert!(pieces("text/plain", &whole).is_err());
    }
}
