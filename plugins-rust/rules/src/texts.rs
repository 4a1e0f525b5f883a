//! Searches for one of several texts.
use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use memchr::memmem::Finder;
use std::ops::Range;

/// Bytes of texts up to which the search may take the fastest automaton.
const MAX_FAST: usize = 16 << 10;

/// A search for texts, all of them in either case or none.
pub enum Texts {
    /// A single text.
    One(Box<Finder<'static>>),
    /// Several texts, or texts in either case.
    Several(AhoCorasick),
}

impl Texts {
    /// Prepares the search. Fails when the texts need too much memory.
    pub fn new(texts: &[String], ignore_case: bool) -> Result<Self, String> {
        if let ([text], false) = (texts, ignore_case) {
            return Ok(Texts::One(Box::new(Finder::new(text.as_bytes()).into_owned())));
        }
        // The fastest automaton takes up to a kilobyte for each byte of the texts.
        let is_small = texts.iter().map(String::len).sum::<usize>() < MAX_FAST;
        AhoCorasick::builder()
            .kind((!is_small).then_some(AhoCorasickKind::ContiguousNFA))
            .match_kind(MatchKind::LeftmostFirst)
            .ascii_case_insensitive(ignore_case)
            .build(texts)
            .map(Texts::Several)
            .map_err(|error| error.to_string())
    }

    /// Returns where the first of the texts begins and ends.
    pub fn find(&self, within: &[u8]) -> Option<Range<usize>> {
        match self {
            Texts::One(finder) => finder.find(within).map(|at| at..at + finder.needle().len()),
            Texts::Several(search) => search.find(within).map(|found| found.range()),
        }
    }

    /// Returns whether one of the texts is there.
    pub fn is_in(&self, within: &[u8]) -> bool {
        match self {
            Texts::One(finder) => finder.find(within).is_some(),
            Texts::Several(search) => search.is_match(within),
        }
    }
}
