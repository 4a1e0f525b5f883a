//! Keeps the lines that match a regular expression, with the rules of ripgrep, and reads its named groups as columns.
//!
//! `grep-regex`, which ripgrep uses as well, compiles the pattern. It removes the newline from every character class, so
//! no match crosses the end of a line and the filter can search whole blocks. It also searches for literals of the pattern
//! first, which finds candidate lines fast.
mod groups;

use grep_matcher::{LineMatchKind, Matcher};
use grep_regex::{RegexMatcher, RegexMatcherBuilder};
use groups::{Groups, Reader, LONGEST_NAME};
use memchr::{memchr, memrchr};
use plughost::{Cells, Context, Error, Field, Filter, Fits, Found, Host, Lines, Parser, Plugin, Sink, Spans};
use serde::Deserialize;
use std::ffi::CStr;
use std::sync::OnceLock;

/// The options, as the schema in `manifest.json` describes them.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Config {
    pattern: String,
    #[serde(default)]
    ignore_case: bool,
    #[serde(default = "yes")]
    unicode: bool,
    #[serde(default)]
    types: String,
}

fn yes() -> bool {
    true
}

/// The plugin.
pub struct Regex {
    config: Config,
    matcher: RegexMatcher,
    /// The same pattern for the parser. It is compiled when somebody asks for columns.
    groups: OnceLock<Result<Groups, String>>,
}

impl Regex {
    fn groups(&self) -> Result<&Groups, Error> {
        let groups = self.groups.get_or_init(|| Groups::new(&self.config));
        groups.as_ref().map_err(|reason| Error::config(reason.clone()))
    }
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
        let regex = Regex { config, matcher, groups: OnceLock::new() };
        // What is wrong with groups is said now, because `field` can say nothing. Few patterns have so many, or such long
        // names, that the columns could be wrong.
        let pattern = &regex.config.pattern;
        if !regex.config.types.is_empty() || (pattern.len() > LONGEST_NAME && pattern.contains('<')) {
            regex.groups()?;
        }
        Ok(regex)
    }

    fn run(&self, _ctx: &Context, out: &mut Sink) -> Result<(), Error> {
        out.put(format!("Keeps the lines that match {}", self.config.pattern))
    }
}

impl Parser for Regex {
    type State = Reader;

    fn field(&self, index: usize) -> Option<Field<'_>> {
        self.groups().ok()?.field(index)
    }

    fn state(&self, wanted: &[Field]) -> Result<Reader, Error> {
        self.groups()?.reader(wanted)
    }

    fn parse(
        &self,
        reader: &mut Reader,
        ctx: &Context,
        lines: &Lines,
        cells: &mut Cells,
        fits: &mut Fits,
    ) -> Result<(), Error> {
        if ctx.cancelled() {
            return Err(Error::cancelled());
        }
        self.groups()?.parse(reader, lines, cells, fits);
        Ok(())
    }
}

impl Filter for Regex {
    // A clone shares the compiled program but has its own cache, so workers do not wait for each other.
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
        // Without a line terminator the pattern has an anchor such as \A. Only a search line by line treats it as the start
        // of the line.
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
            // There is no line after the last newline, although an empty match is found there.
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

    // Adds all matches that do not overlap, leftmost first, as ripgrep does.
    fn spans(&self, matcher: &mut RegexMatcher, ctx: &Context, line: &[u8], spans: &mut Spans) -> Result<(), Error> {
        matcher
            .try_find_iter(line, |found| {
                if ctx.cancelled() {
                    return Err(Error::cancelled());
                }
                spans.add(found.start(), found.end()).map(|()| true)
            })
            .map_err(|error| Error::internal(error.to_string()))?
    }
}

/// Returns the last line of a syntax error, which says what is wrong. The lines before it draw the position.
fn one_sentence(error: &grep_regex::Error) -> String {
    let text = error.to_string();
    let last = text.lines().last().unwrap_or(&text).trim();
    last.strip_prefix("error: ").unwrap_or(last).to_string()
}

plughost::export!(Regex: Filter + Parser, include_str!("manifest.json"));
