//! Keeps the lines in which a regular expression matches, as ripgrep would.
//!
//! The pattern is compiled by ripgrep's own layer over the regex engine: it takes the newline out of every class, so
//! that a match never crosses a line's end and whole blocks can be searched, and it looks for literals inside the
//! pattern first, which gives candidate lines.
use grep_matcher::{LineMatchKind, Matcher};
use grep_regex::{RegexMatcher, RegexMatcherBuilder};
use memchr::{memchr, memrchr};
use plughost::{Context, Error, Filter, Found, Host, Places, Plugin, Sink};
use serde::Deserialize;
use std::ffi::CStr;

/// The options, as the manifest's schema describes them.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Config {
    pattern: String,
    #[serde(default)]
    ignore_case: bool,
    #[serde(default = "yes")]
    unicode: bool,
}

fn yes() -> bool {
    true
}

/// The plugin.
pub struct Regex {
    pattern: String,
    matcher: RegexMatcher,
}

impl Plugin for Regex {
    const NAME: &'static CStr = c"Regex";

    fn new(config: &[u8], _host: Host) -> Result<Self, Error> {
        let config: Config = serde_json::from_slice(config).map_err(|error| Error::config(error.to_string()))?;
        let matcher = RegexMatcherBuilder::new()
            .line_terminator(Some(b'\n'))
            .multi_line(true)
            .case_insensitive(config.ignore_case)
            .unicode(config.unicode)
            .build(&config.pattern)
            .map_err(|error| Error::config(format!("pattern {:?}: {}", config.pattern, one_sentence(&error))))?;
        Ok(Regex { pattern: config.pattern, matcher })
    }

    fn run(&self, _ctx: &Context, out: &mut Sink) -> Result<(), Error> {
        out.put(format!("Keeps the lines that match {}", self.pattern))
    }
}

impl Filter for Regex {
    // A copy of the matcher shares the program and has a cache of its own, so workers do not wait for each other.
    type State = RegexMatcher;
    const BATCH: bool = true;
    const SCAN: bool = true;
    const SPANS: bool = true;

    fn state(&self) -> Result<RegexMatcher, Error> {
        Ok(self.matcher.clone())
    }

    fn matches(&self, matcher: &mut RegexMatcher, line: &[u8]) -> Result<bool, Error> {
        matcher.is_match(line).map_err(|error| Error::internal(error.to_string()))
    }

    fn scan(&self, matcher: &mut RegexMatcher, ctx: &Context, block: &[u8], found: &mut Found) -> Result<(), Error> {
        if ctx.cancelled() {
            return Err(Error::cancelled());
        }
        // Anchors such as \A mean the line's start, which only a search line by line respects.
        let searchable = matcher.line_terminator().is_some();
        while !found.full() && found.cursor() < block.len() {
            let from = found.cursor();
            let candidate = if searchable {
                matcher.find_candidate_line(&block[from..]).map_err(|error| Error::internal(error.to_string()))?
            } else {
                Some(LineMatchKind::Candidate(0))
            };
            let (at, confirmed) = match candidate {
                Some(LineMatchKind::Confirmed(at)) => (from + at, true),
                Some(LineMatchKind::Candidate(at)) => (from + at, false),
                None => (block.len(), false),
            };
            // Behind the last newline there is no line, though an empty match is found there.
            if candidate.is_none() || (at == block.len() && block.ends_with(b"\n")) {
                found.advance(block.len());
                break;
            }
            let begin = memrchr(b'\n', &block[from..at]).map_or(from, |newline| from + newline + 1);
            let end = memchr(b'\n', &block[at..]).map_or(block.len(), |newline| at + newline);
            if confirmed || self.matches(matcher, &block[begin..end])? {
                found.keep(begin, end);
            }
            found.advance((end + 1).min(block.len()));
        }
        Ok(())
    }

    // All matches that do not overlap, leftmost first, as ripgrep lists them.
    fn spans(&self, matcher: &mut RegexMatcher, ctx: &Context, line: &[u8], places: &mut Places) -> Result<(), Error> {
        matcher
            .try_find_iter(line, |found| {
                if ctx.cancelled() {
                    return Err(Error::cancelled());
                }
                places.add(found.start(), found.end()).map(|()| true)
            })
            .map_err(|error| Error::internal(error.to_string()))?
    }
}

/// The last line of a syntax error says what is wrong; those before it draw where, over several lines.
fn one_sentence(error: &grep_regex::Error) -> String {
    let text = error.to_string();
    let last = text.lines().last().unwrap_or(&text).trim();
    last.strip_prefix("error: ").unwrap_or(last).to_string()
}

plughost::export!(Regex: Filter, include_str!("manifest.json"));
