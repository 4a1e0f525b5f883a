//! The tests that a file has for itself.
use crate::fault::{quoted, Fault};
use crate::json::Test;
use crate::keep::Keep;
use crate::replace::Replace;
use grep_regex::RegexMatcher;

/// Tries the tests of a file. Returns a fault for the first that fails, which says what was expected and what came.
pub fn run(
    tests: &[Test],
    matchers: &[RegexMatcher],
    keep: Option<&Keep>,
    replace: Option<&Replace>,
) -> Result<(), Fault> {
    let mut scratch = replace.map(|replace| replace.scratch(matchers)).transpose()?;
    for (i, Test { line, kept, becomes }) in tests.iter().enumerate() {
        let pointer = format!("/tests/{i}");
        if let (Some(expected), Some(keep)) = (kept, keep) {
            if keep.holds(line.as_bytes(), matchers) != *expected {
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
