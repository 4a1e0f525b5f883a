//! What can go wrong with a request.
use crate::connection::cut;
use plughost::Error;
use serde::Deserialize;

/// The media type of JSON.
pub const JSON: &str = "application/json";
/// The media type of lines, and of answers about them.
pub const BYTES: &str = "application/octet-stream";

/// Why there is no answer.
pub enum Failure {
    /// The server says why.
    Problem(Problem),
    /// The server does not know the options, as after a restart.
    Unconfigured,
    /// The server did not answer, or not as agreed.
    Broken(String),
}

impl Failure {
    /// Returns the failure for an answer of another type than those that are known.
    pub fn of_type(media_type: &str, wanted: &str) -> Self {
        Failure::Broken(format!("its answer is of the type {:?} and not {wanted}", cut(media_type)))
    }

    /// Returns what went wrong, for failures that end everything.
    pub fn into_words(self) -> String {
        match self {
            Failure::Problem(problem) => problem.message,
            Failure::Unconfigured => "it answered 409 Conflict".to_string(),
            Failure::Broken(words) => words,
        }
    }
}

/// Why something failed. The message is for a person.
#[derive(Deserialize)]
pub struct Problem {
    /// A status of `base.h`, such as -2 for options that cannot be used.
    code: i32,
    message: String,
    /// The byte of the body that it was asked about.
    offset: Option<u64>,
}

#[derive(Deserialize)]
struct Reported {
    problem: Problem,
}

/// Returns the problem that a body reports, if it does.
pub fn problem_in(media_type: &str, body: &[u8]) -> Option<Problem> {
    // Most answers about lines report none, and are long.
    if media_type != JSON || memchr::memmem::find(body, b"\"problem\"").is_none() {
        return None;
    }
    serde_json::from_slice::<Reported>(body).ok().map(|reported| reported.problem)
}

impl Problem {
    /// Returns the error of the contract. `place` finds the byte of the block for a byte of the body.
    pub fn into_error(self, place: impl Fn(u64) -> Option<u64>) -> Error {
        let Problem { code, message, offset } = self;
        let error = Error::reported(code, message);
        match offset.and_then(place) {
            Some(at) => error.at(at),
            None => error,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_json_with_a_whole_problem_reports_one() {
        let body = br#"{"problem": {"code": -2, "message": "no", "offset": 7}, "more": 1}"#;
        let error = problem_in(JSON, body).map(|problem| problem.into_error(|at| Some(at + 1)));
        assert_eq!(error.map(|error| (error.code(), error.to_string())), Some((-2, "no".to_string())));
        assert!(problem_in(BYTES, body).is_none());
        for other in
            [&b"{}"[..], br#"{"problem": {}}"#, br#"{"problem": {"code": 1.5, "message": ""}}"#, b"\"problem\""]
        {
            assert!(problem_in(JSON, other).is_none());
        }
    }
}
