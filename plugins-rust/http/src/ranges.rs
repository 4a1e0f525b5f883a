//! Answers about which lines are kept.
use crate::connection::Answer;
use crate::problem::{BYTES, JSON};
use serde::Deserialize;

/// The types of answers that `ranges_in` reads.
pub const ACCEPTED: &str = "application/octet-stream, application/json";

#[derive(Deserialize)]
struct Kept {
    kept: Vec<u32>,
}

/// Returns the ranges of the body, as offsets, that an answer names by gaps and lengths. They are whole lines, ascend, and
/// lie in the body. `is_begin` says whether a line begins at an offset.
pub fn ranges_in(
    answer: &Answer,
    size: usize,
    is_begin: impl Fn(usize) -> bool,
) -> Result<Vec<(usize, usize)>, String> {
    let numbers = numbers_in(answer)?;
    let mut ranges = Vec::with_capacity(numbers.len() / 2);
    let mut at = 0usize;
    for pair in numbers.chunks(2) {
        let &[gap, length] = pair else { return Err("its answer has a gap without a length".to_string()) };
        let begin = at.saturating_add(gap as usize);
        let end = begin.saturating_add(length as usize);
        if length == 0 || end > size || !is_begin(begin) || !(end == size || is_begin(end)) {
            return Err("its answer has a range that is not whole lines of what it was asked about".to_string());
        }
        ranges.push((begin, end));
        at = end;
    }
    Ok(ranges)
}

fn numbers_in(Answer { media_type, body }: &Answer) -> Result<Vec<u32>, String> {
    match media_type.as_str() {
        BYTES if body.len() % 8 != 0 => {
            Err(format!("its answer has {} bytes, which are no pairs of numbers", body.len()))
        }
        BYTES => {
            Ok(body.chunks_exact(4).map(|bytes| u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]])).collect())
        }
        JSON => serde_json::from_slice(body).map(|Kept { kept }| kept).map_err(|error| format!("its answer: {error}")),
        other => Err(format!("its answer is of the type {other:?} and not {BYTES} or {JSON}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ranges(media_type: &str, body: &[u8]) -> Result<Vec<(usize, usize)>, String> {
        let answer = Answer { media_type: media_type.to_string(), body: body.to_vec() };
        // Lines of 2, 3 and 4 bytes.
        ranges_in(&answer, 9, |at| [0, 2, 5].contains(&at))
    }

    fn bytes(numbers: &[u32]) -> Vec<u8> {
        numbers.iter().flat_map(|number| number.to_le_bytes()).collect()
    }

    #[test]
    fn whole_lines_are_taken_in_both_types() {
        for (numbers, json, wanted) in [
            (&[][..], r#"{"kept": []}"#, vec![]),
            (&[0, 9], r#"{"kept": [0, 9]}"#, vec![(0, 9)]),
            (&[0, 2, 3, 4], r#"{"kept": [0, 2, 3, 4], "more": 1}"#, vec![(0, 2), (5, 9)]),
            (&[2, 3, 0, 4], r#"{"kept": [2,3,0,4]}"#, vec![(2, 5), (5, 9)]),
        ] {
            assert_eq!(ranges(BYTES, &bytes(numbers)), Ok(wanted.clone()));
            assert_eq!(ranges(JSON, json.as_bytes()), Ok(wanted));
        }
    }

    #[test]
    fn everything_else_is_refused() {
        for numbers in
            [&[0, 0][..], &[0, 1], &[1, 1], &[0, 10], &[9, 1], &[0, 2, 0, 4], &[u32::MAX, u32::MAX], &[0, 9, 0, 9]]
        {
            assert!(ranges(BYTES, &bytes(numbers)).is_err(), "{numbers:?}");
        }
        for body in [&b"1"[..], &[0; 4], &[0; 9]] {
            assert!(ranges(BYTES, body).is_err(), "{body:?}");
        }
        for body in [
            "",
            "[0, 9]",
            "{}",
            r#"{"kept": [0]}"#,
            r#"{"kept": [0, 9.0]}"#,
            r#"{"kept": [-1, 9]}"#,
            r#"{"kept": [0, "9"]}"#,
            r#"{"kept": [0, 99999999999]}"#,
            r#"{"kept": [0, 9]"#,
            r#"{"kept": null}"#,
        ] {
            assert!(ranges(JSON, body.as_bytes()).is_err(), "{body}");
        }
        assert!(ranges("text/html", &bytes(&[0, 9])).is_err());
        assert!(ranges("", b"").is_err());
    }
}
