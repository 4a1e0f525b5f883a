//! The filter: which lines of a block a file keeps.
use crate::check::Condition;
use crate::fault::Fault;
use crate::patterns::Patterns;
use crate::searches::Needed;
use crate::tree::Node;
use grep_matcher::{LineMatchKind, Matcher};
use grep_regex::RegexMatcher;
use memchr::{memchr, memrchr};
use plughost::{Context, Error};
use std::ops::{ControlFlow, Range};

/// The conditions of a filter.
pub struct Keep {
    /// Finds the lines to ask about. Without searches every line is asked about.
    searches: Vec<Node>,
    /// Whether a line is kept when one of the searches finds something in it.
    is_exact: bool,
    /// What is asked about a line. `None` if the searches say the same.
    tree: Option<Node>,
    /// Texts for the host's own search.
    pub literals: Vec<Vec<u8>>,
}

/// Where a search finds something next.
#[derive(Clone, Copy)]
enum Next {
    Unknown,
    /// At this byte of the block, or in its line; true: the search has a match there.
    At(usize, bool),
    Nowhere,
}

impl Keep {
    /// Makes the filter of a condition.
    pub fn new(condition: &Condition, patterns: &mut Patterns) -> Result<Self, Fault> {
        let Some(needed) = Needed::by(condition) else {
            let tree = Some(Node::new(condition, patterns)?);
            return Ok(Keep { searches: Vec::new(), is_exact: false, tree, literals: Vec::new() });
        };
        let joined = needed.searches.joined(patterns);
        // The places of a joined search are not those of its parts.
        let is_tree = needed.is_exact && joined.is_none();
        let searches = joined.map_or_else(|| needed.searches.nodes(patterns), |joined| Ok(vec![joined]))?;
        let tree = if is_tree { None } else { Some(Node::new(condition, patterns)?) };
        Ok(Keep { searches, is_exact: needed.is_exact, tree, literals: needed.searches.literals() })
    }

    /// Makes the search for lines in which one of several searches finds something.
    pub fn of_searches(searches: Vec<Node>) -> Self {
        Keep { searches, is_exact: true, tree: None, literals: Vec::new() }
    }

    /// Returns whether a line is kept.
    pub fn holds(&self, line: &[u8], matchers: &[RegexMatcher]) -> bool {
        match &self.tree {
            Some(tree) => tree.holds(line, matchers),
            None => self.searches.iter().any(|each| each.holds(line, matchers)),
        }
    }

    /// Returns the places of a line that make it kept; none for a line that is dropped. They ascend. Places that overlap
    /// become one, and an empty place stands alone.
    pub fn places(&self, line: &[u8], matchers: &[RegexMatcher]) -> Vec<Range<usize>> {
        let mut places = Vec::new();
        match &self.tree {
            Some(tree) => {
                tree.places(line, matchers, &mut places);
            }
            None => self.searches.iter().for_each(|each| {
                each.places(line, matchers, &mut places);
            }),
        }
        apart(places)
    }

    /// Calls `kept` with each kept line of a block, without its newline, from the line on that starts at `from`, until it
    /// breaks. Returns the start of the first line that was not decided, or the end of the block.
    pub fn search(
        &self,
        ctx: &Context,
        matchers: &[RegexMatcher],
        block: &[u8],
        from: usize,
        mut kept: impl FnMut(Range<usize>) -> ControlFlow<()>,
    ) -> Result<usize, Error> {
        let mut next = [Next::Unknown; MAX_SEARCHES];
        let mut from = from;
        while from < block.len() {
            let Some((at, found)) = self.next_line(matchers, block, from, &mut next) else { return Ok(block.len()) };
            // There is no line after the last newline, although an empty match is found there.
            if at == block.len() && block.ends_with(b"\n") {
                return Ok(block.len());
            }
            if ctx.cancelled() {
                return Err(Error::cancelled());
            }
            let begin = memrchr(b'\n', &block[from..at]).map_or(from, |newline| from + newline + 1);
            let end = memchr(b'\n', &block[at..]).map_or(block.len(), |newline| at + newline);
            from = (end + 1).min(block.len());
            let is_kept = found && self.is_exact || self.holds(&block[begin..end], matchers);
            if is_kept && kept(begin..end).is_break() {
                return Ok(from);
            }
        }
        Ok(block.len())
    }

    /// Returns a byte in the next line to ask about, and whether a search has a match there.
    fn next_line(
        &self,
        matchers: &[RegexMatcher],
        block: &[u8],
        from: usize,
        next: &mut [Next; MAX_SEARCHES],
    ) -> Option<(usize, bool)> {
        if self.searches.is_empty() {
            return Some((from, false));
        }
        let mut first = None;
        for (search, next) in self.searches.iter().zip(next) {
            // A place stays valid until the search of lines has passed it, so no byte is searched twice.
            if matches!(next, Next::Unknown) || matches!(next, Next::At(at, _) if *at < from) {
                *next = find(search, matchers, &block[from..])
                    .map_or(Next::Nowhere, |(at, found)| Next::At(from + at, found));
            }
            if let Next::At(at, found) = *next {
                if first.is_none_or(|(other, _)| at < other) {
                    first = Some((at, found));
                }
            }
        }
        first
    }
}

/// The searches of one filter: see [`crate::searches::Searches::nodes`].
const MAX_SEARCHES: usize = 3;

/// Finds the next line in which a search may match. Returns a byte of that line, and whether it does match.
fn find(search: &Node, matchers: &[RegexMatcher], block: &[u8]) -> Option<(usize, bool)> {
    match search {
        Node::Texts(texts) => texts.find(block).map(|found| (found.start, true)),
        Node::Regex(index) => {
            let matcher = &matchers[*index];
            // Without a line terminator the pattern has an anchor such as \A. Only a search line by line treats it as the
            // start of the line.
            if matcher.line_terminator().is_none() {
                return Some((0, false));
            }
            match matcher.find_candidate_line(block) {
                Ok(Some(LineMatchKind::Confirmed(at))) => Some((at, true)),
                Ok(Some(LineMatchKind::Candidate(at))) => Some((at, false)),
                Ok(None) | Err(_) => None,
            }
        }
        _ => Some((0, false)),
    }
}

/// Sorts places and joins those that overlap. Leaves out an empty place that touches another.
fn apart(mut places: Vec<Range<usize>>) -> Vec<Range<usize>> {
    places.sort_unstable_by_key(|place| (place.start, place.end));
    places.dedup();
    let mut apart: Vec<Range<usize>> = Vec::with_capacity(places.len());
    for place in places {
        match apart.last_mut() {
            Some(last) if last.start == place.start && last.end == place.start => *last = place,
            Some(last) if place.start < last.end => last.end = last.end.max(place.end),
            Some(last) if place.start == place.end && place.start == last.end => {}
            _ => apart.push(place),
        }
    }
    apart
}
