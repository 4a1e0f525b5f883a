//! The tests that a file has for itself.
use crate::fault::{quoted, Fault};
use crate::json::Test;
use crate::replace::Replace;
use crate::rows::RowOf;
use crate::Keeps;
use grep_regex::RegexMatcher;

/// Tries the tests of a file. Returns a fault for the first that fails, which says what was expected and what came.
pub fn run(
    tests: &[Test],
    matchers: &[RegexMatcher],
    keep: Option<&Keeps>,
    replace: Option<&Replace>,
) -> Result<(), Fault> {
    let mut scratch = replace.map(|replace| replace.scratch(matchers)).transpose()?;
    for (i, Test { line, fields, kept, becomes }) in tests.iter().enumerate() {
        let pointer = format!("/tests/{i}");
        if let (Some(expected), Some(keep)) = (kept, keep) {
            let is_kept = match keep {
                Keeps::Lines(keep) => keep.holds(line.as_bytes(), matchers),
                Keeps::Rows(keep) => {
                    let row = RowOf::new(keep, &fields.0);
                    let words = keep.kept(&row, matchers, |_| line.as_bytes());
                    words.map_err(|reason| Fault::at(&pointer, reason))? == [1]
                }
            };
            if is_kept != *expected {
                let (is, not) = if *expected { ("dropped", "kept") } else { ("kept", "dropped") };
                return Err(Fault::at(&pointer, format!("the line {} is {is}, and should be {not}", quoted(line))));
            }
        }
        if let (Some(expected), Some(replace), Some(scratch)) = (becomes, replace, &mut scratch) {
            let made = replace
                .apply(line.as_bytes(), matchers, scratch, || false)
                .map_err(|error| Fault::at(&pointer, error.to_string()))?
                .unwrap_or(line.as_bytes());
            if made != expected.as_bytes() {
                let made = quoted(&String::from_utf8_lossy(made));
                let reason =
                    format!("the line {} becomes {made}, and should become {}", quoted(line), quoted(expected));
                return Err(Fault::at(&pointer, reason));
            }
        }
    }
    Ok(())
}
