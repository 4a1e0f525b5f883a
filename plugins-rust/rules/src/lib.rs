//! Runs rules files: JSON that says which lines a filter keeps, and what a transform replaces.
//!
//! A file whose conditions are about columns keeps rows, and all others keep lines.
//!
//! The host reads the file and hands its text over in the configuration, so this library reads nothing. A file becomes a
//! tree of conditions ([`tree`]), and searches that find the lines to ask about in a whole block ([`keep`]).
#![allow(clippy::missing_docs_in_private_items)]

pub mod check;
pub mod fault;
pub mod fields;
pub mod json;
pub mod keep;
pub mod patterns;
pub mod replace;
pub mod rows;
mod samples;
pub mod searches;
pub mod texts;
pub mod tree;

use check::Condition;
use grep_regex::RegexMatcher;
use keep::Keep;
use patterns::Patterns;
use plughost::abi::{FILTER_ID, ROW_FILTER_ID, TRANSFORM_ID};
use plughost::{Changes, Context, Error, Field, Filter, Found, Host, Lines, Output, Plugin};
use plughost::{RowFilter, Rows, Sink, Span, Spans, Transform};
use replace::{Replace, Scratch};
use rows::RowKeep;
use serde::Deserialize;
use std::ffi::{CStr, CString};
use std::ops::ControlFlow;

/// What the host hands over: the texts of the module, of which a rules file has one, and options, of which it has none.
#[derive(Deserialize)]
struct Config {
    module: Vec<ModuleFile>,
}

#[derive(Deserialize)]
struct ModuleFile {
    text: String,
}

/// What a filter asks about.
#[allow(missing_docs)]
pub enum Keeps {
    Lines(Keep),
    /// Rows, and lines as a part of them.
    Rows(RowKeep),
}

impl Keeps {
    fn new(condition: &Condition, patterns: &mut Patterns) -> Result<Self, fault::Fault> {
        Ok(match condition.has_fields() {
            true => Keeps::Rows(RowKeep::new(condition, patterns)?),
            false => Keeps::Lines(Keep::new(condition, patterns)?),
        })
    }
}

/// A rules file as a plugin.
pub struct Rules {
    name: CString,
    keep: Option<Keeps>,
    replace: Option<Replace>,
    matchers: Vec<RegexMatcher>,
}

impl Rules {
    /// Makes the plugin of the text of a file, and runs the tests in it.
    pub fn of_text(text: &str) -> Result<Self, fault::Fault> {
        let mut rules = check::check(json::parse(text)?)?;
        let patterns = &mut rules.patterns;
        let keep = rules.keep.as_ref().map(|keep| Keeps::new(keep, patterns)).transpose()?;
        let replaces = !rules.replace.is_empty();
        let replace = replaces.then(|| Replace::new(&rules.replace, patterns)).transpose()?;
        let matchers = rules.patterns.compile()?;
        samples::run(&rules.tests, &matchers, keep.as_ref(), replace.as_ref())?;
        let name = CString::new(rules.name).map_err(|error| fault::Fault::at("/name", error.to_string()))?;
        Ok(Rules { name, keep, replace, matchers })
    }

    fn keep(&self) -> Result<&Keep, Error> {
        match &self.keep {
            Some(Keeps::Lines(keep)) => Ok(keep),
            _ => Err(Error::internal("the file has no keep for lines")),
        }
    }

    fn row_keep(&self) -> Option<&RowKeep> {
        match &self.keep {
            Some(Keeps::Rows(keep)) => Some(keep),
            _ => None,
        }
    }

    fn replace(&self) -> Result<&Replace, Error> {
        self.replace.as_ref().ok_or_else(|| Error::internal("the file has no replace"))
    }
}

impl Plugin for Rules {
    const NAME: &'static CStr = c"Rules";

    fn new(config: &[u8], _host: Host) -> Result<Self, Error> {
        let config: Config = serde_json::from_slice(config).map_err(|error| Error::config(error.to_string()))?;
        match &config.module[..] {
            [file] => Ok(Rules::of_text(&file.text)?),
            files => Err(Error::config(format!("a rules file is one file, and {} were given", files.len()))),
        }
    }

    fn name(&self) -> &CStr {
        &self.name
    }

    fn offers(&self, id: &CStr) -> bool {
        match &self.keep {
            Some(Keeps::Lines(_)) if id == FILTER_ID => true,
            Some(Keeps::Rows(_)) if id == ROW_FILTER_ID => true,
            _ => id == TRANSFORM_ID && self.replace.is_some(),
        }
    }

    fn run(&self, _ctx: &Context, out: &mut Sink) -> Result<(), Error> {
        let does = match (&self.keep, &self.replace) {
            (Some(Keeps::Lines(_)), Some(_)) => "Keeps lines, and replaces what is in them",
            (Some(Keeps::Lines(_)), None) => "Keeps lines",
            (Some(Keeps::Rows(_)), Some(_)) => "Keeps rows, and replaces what is in lines",
            (Some(Keeps::Rows(_)), None) => "Keeps rows",
            _ => "Replaces what is in lines",
        };
        out.put(format!("{does}, by the rules of {}", self.name.to_string_lossy()))
    }
}

impl Filter for Rules {
    // A clone shares the compiled program but has its own cache, so workers do not wait for each other.
    type State = Vec<RegexMatcher>;
    const BATCH: bool = true;
    const SCAN: bool = true;
    const SPANS: bool = true;

    fn state(&self) -> Result<Vec<RegexMatcher>, Error> {
        Ok(self.matchers.clone())
    }

    fn matches(&self, matchers: &mut Vec<RegexMatcher>, line: &[u8]) -> Result<bool, Error> {
        Ok(self.keep()?.holds(line, matchers))
    }

    fn match_batch(
        &self,
        matchers: &mut Vec<RegexMatcher>,
        ctx: &Context,
        lines: &Lines,
        keep: &mut plughost::Keep,
    ) -> Result<(), Error> {
        each_found(self.keep()?, ctx, matchers, lines, |line| {
            keep.keep(line);
            Ok(())
        })
    }

    fn literal(&self, index: usize) -> Option<&[u8]> {
        self.keep().ok()?.literals.get(index).map(Vec::as_slice)
    }

    fn scan(
        &self,
        matchers: &mut Vec<RegexMatcher>,
        ctx: &Context,
        block: &[u8],
        found: &mut Found,
    ) -> Result<(), Error> {
        let from = found.cursor();
        let end = self.keep()?.search(ctx, matchers, block, from, |line| {
            found.keep(line.start, line.end);
            if found.full() {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        })?;
        found.advance(end);
        Ok(())
    }

    fn spans(
        &self,
        matchers: &mut Vec<RegexMatcher>,
        _ctx: &Context,
        line: &[u8],
        spans: &mut Spans,
    ) -> Result<(), Error> {
        self.keep()?.places(line, matchers).into_iter().try_for_each(|place| spans.add(place.start, place.end))
    }
}

impl RowFilter for Rules {
    type State = Vec<RegexMatcher>;

    fn column(&self, index: usize) -> Option<Field<'_>> {
        self.row_keep()?.columns.field(index)
    }

    fn state(&self) -> Result<Vec<RegexMatcher>, Error> {
        Ok(self.matchers.clone())
    }

    fn keep(
        &self,
        matchers: &mut Vec<RegexMatcher>,
        ctx: &Context,
        rows: &Rows,
        keep: &mut plughost::Keep,
    ) -> Result<(), Error> {
        if ctx.cancelled() {
            return Err(Error::cancelled());
        }
        let rules = self.row_keep().ok_or_else(|| Error::internal("the file has no keep for rows"))?;
        let lines = rows.lines().ok_or_else(|| Error::internal("the rows have no lines"))?;
        let (block, spans) = (lines.block(), lines.spans());
        let words = rules.kept(rows, matchers, |row| text_of(block, spans[row])).map_err(Error::config)?;
        for row in 0..rows.len() {
            if words[row / 64] >> (row % 64) & 1 == 1 {
                keep.keep(row);
            }
        }
        Ok(())
    }
}

impl Transform for Rules {
    type State = (Vec<RegexMatcher>, Scratch);

    fn state(&self) -> Result<Self::State, Error> {
        Ok((self.matchers.clone(), self.replace()?.scratch(&self.matchers)?))
    }

    fn transform(&self, (matchers, scratch): &mut Self::State, line: &[u8], out: &mut Output) -> Result<(), Error> {
        match self.replace()?.apply(line, matchers, scratch, || false)? {
            Some(made) => out.put_line(made),
            None => Ok(()),
        }
    }

    fn transform_batch(
        &self,
        (matchers, scratch): &mut Self::State,
        ctx: &Context,
        lines: &Lines,
        changes: &mut Changes,
    ) -> Result<(), Error> {
        let replace = self.replace()?;
        let (block, spans) = (lines.block(), lines.spans());
        each_found(&replace.changed, ctx, matchers, lines, |line| {
            match replace.apply(text_of(block, spans[line]), matchers, scratch, || ctx.cancelled())? {
                Some(made) => changes.of(line).put_line(made),
                None => Ok(()),
            }
        })
    }
}

/// Calls `found` with the index of each line that `keep` keeps. Lines that follow each other directly are searched as one
/// block.
fn each_found(
    keep: &Keep,
    ctx: &Context,
    matchers: &[RegexMatcher],
    lines: &Lines,
    mut found: impl FnMut(usize) -> Result<(), Error>,
) -> Result<(), Error> {
    let (block, spans) = (lines.block(), lines.spans());
    let end_of = |span: Span| (span.offset + span.length) as usize;
    let mut first = 0;
    for run in spans.chunk_by(|a, b| end_of(*a) + 1 == b.offset as usize) {
        let (begin, end) = (run[0].offset as usize, run.last().map_or(0, |last| end_of(*last)));
        let (mut line, mut result) = (0, Ok(()));
        keep.search(ctx, matchers, &block[begin..end], 0, |kept| {
            while run[line].offset as usize != begin + kept.start {
                line += 1;
            }
            result = found(first + line);
            if result.is_ok() {
                ControlFlow::Continue(())
            } else {
                ControlFlow::Break(())
            }
        })?;
        result?;
        // The search takes an empty line at the end for the end.
        if run.last().is_some_and(|last| last.length == 0) && keep.holds(b"", matchers) {
            found(first + run.len() - 1)?;
        }
        first += run.len();
    }
    Ok(())
}

fn text_of(block: &[u8], span: Span) -> &[u8] {
    &block[span.offset as usize..][..span.length as usize]
}

plughost::export!(Rules: Filter + Transform + RowFilter, include_str!("manifest.json"));
