//! Why a rules file cannot be used.
use plughost::Error;

/// A place in a rules file, as a JSON pointer (`/keep/any/0`; empty for the file as a whole), and what is wrong there.
#[derive(Debug)]
pub struct Fault {
    /// The JSON pointer.
    pub pointer: String,
    /// What is wrong, in one sentence.
    pub reason: String,
}

impl Fault {
    /// Makes a fault of a place.
    pub fn at(pointer: &str, reason: impl Into<String>) -> Self {
        Fault { pointer: pointer.into(), reason: reason.into() }
    }
}

impl From<Fault> for Error {
    fn from(Fault { pointer, reason }: Fault) -> Self {
        Error::config(if pointer.is_empty() { reason } else { format!("{pointer}: {reason}") })
    }
}

/// Returns a text for a message: quoted, control characters escaped, cut after 80 characters.
pub fn quoted(text: &str) -> String {
    const MOST: usize = 80;
    let cut: String = text.chars().take(MOST).collect();
    let more = if cut.len() < text.len() { "…" } else { "" };
    format!("{cut:?}{more}")
}
