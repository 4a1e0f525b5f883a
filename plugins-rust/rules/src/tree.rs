//! The conditions of a file as a tree that is asked about one line.
use crate::check::{one_or, Condition};
use crate::fault::Fault;
use crate::patterns::{Index, Patterns};
use crate::searches::Searches;
use crate::texts::Texts;
use grep_matcher::Matcher;
use grep_regex::RegexMatcher;
use std::ops::Range;

/// A condition that is ready to be asked. Searches of one `any` are joined: its texts to one search, its expressions to
/// one expression.
pub enum Node {
    /// The line contains one of the texts.
    Texts(Texts),
    /// The line matches the expression.
    Regex(Index),
    /// The line starts with the text; true: ASCII letters in either case.
    StartsWith(Vec<u8>, bool),
    /// The line ends with the text.
    EndsWith(Vec<u8>, bool),
    /// All hold.
    All(Vec<Node>),
    /// One holds.
    Any(Vec<Node>),
    /// The condition does not hold.
    Not(Box<Node>),
}

impl Node {
    /// Makes the tree of a condition.
    pub fn new(condition: &Condition, patterns: &mut Patterns) -> Result<Node, Fault> {
        match condition {
            Condition::StartsWith { text, ignore_case } => Ok(Node::StartsWith(text.as_bytes().into(), *ignore_case)),
            Condition::EndsWith { text, ignore_case } => Ok(Node::EndsWith(text.as_bytes().into(), *ignore_case)),
            Condition::Not(inner) => Ok(Node::Not(Box::new(Node::new(inner, patterns)?))),
            Condition::All(list) => {
                let mut nodes = list.iter().map(|each| Node::new(each, patterns)).collect::<Result<Vec<_>, _>>()?;
                // A line that fails a cheap condition is not asked about the others.
                nodes.sort_by_cached_key(Node::cost);
                Ok(one_or(nodes, Node::All))
            }
            Condition::Text { .. } | Condition::Regex(_) | Condition::Any(_) => {
                Node::of_any(condition.alternatives().iter(), patterns)
            }
            Condition::Field { .. } => unreachable!("a condition about a column is none about a line"),
        }
    }

    /// Makes the tree for lines that fulfil at least one of these conditions. There must be one.
    pub fn of_any<'c>(conditions: impl Iterator<Item = &'c Condition>, patterns: &mut Patterns) -> Result<Node, Fault> {
        let mut joined = Searches::default();
        let mut others = Vec::new();
        for each in conditions {
            if !joined.add(each) {
                others.push(Node::new(each, patterns)?);
            }
        }
        let mut nodes = joined.nodes(patterns)?;
        nodes.append(&mut others);
        Ok(one_or(nodes, Node::Any))
    }

    fn cost(&self) -> u32 {
        match self {
            Node::StartsWith(..) | Node::EndsWith(..) => 0,
            Node::Texts(Texts::One(_)) => 1,
            Node::Texts(_) => 2,
            Node::Regex(_) => 3,
            Node::Not(inner) => inner.cost(),
            Node::All(list) | Node::Any(list) => 4 + list.iter().map(Node::cost).max().unwrap_or(0),
        }
    }

    /// Returns whether the condition holds for a line.
    pub fn holds(&self, line: &[u8], matchers: &[RegexMatcher]) -> bool {
        match self {
            Node::Texts(texts) => texts.is_in(line),
            Node::Regex(index) => is_match(&matchers[*index], line),
            Node::StartsWith(text, either_case) => {
                line.get(..text.len()).is_some_and(|start| same(start, text, *either_case))
            }
            Node::EndsWith(text, either_case) => {
                line.len().checked_sub(text.len()).is_some_and(|at| same(&line[at..], text, *either_case))
            }
            Node::All(list) => list.iter().all(|each| each.holds(line, matchers)),
            Node::Any(list) => list.iter().any(|each| each.holds(line, matchers)),
            Node::Not(inner) => !inner.holds(line, matchers),
        }
    }

    /// Appends the places of a line that make the condition hold, in no order. Returns whether it holds; if it does not,
    /// appends nothing. A `not` has no places.
    pub fn places(&self, line: &[u8], matchers: &[RegexMatcher], places: &mut Vec<Range<usize>>) -> bool {
        let before = places.len();
        match self {
            Node::Texts(texts) => {
                let mut from = 0;
                while let Some(found) = texts.find(&line[from..]) {
                    places.push(from + found.start..from + found.end);
                    from += found.end;
                }
                places.len() > before
            }
            Node::Regex(index) => {
                let found = matchers[*index].find_iter(line, |found| {
                    places.push(found.start()..found.end());
                    true
                });
                // The error type of these searches has no values.
                found.ok();
                places.len() > before
            }
            Node::StartsWith(text, _) => {
                let holds = self.holds(line, matchers);
                places.extend(holds.then_some(0..text.len()));
                holds
            }
            Node::EndsWith(text, _) => {
                let holds = self.holds(line, matchers);
                places.extend(holds.then(|| line.len() - text.len()..line.len()));
                holds
            }
            Node::All(list) => {
                let holds = list.iter().all(|each| each.places(line, matchers, places));
                if !holds {
                    places.truncate(before);
                }
                holds
            }
            Node::Any(list) => list.iter().filter(|each| each.places(line, matchers, places)).count() > 0,
            Node::Not(inner) => !inner.holds(line, matchers),
        }
    }
}

fn same(a: &[u8], b: &[u8], either_case: bool) -> bool {
    if either_case {
        a.eq_ignore_ascii_case(b)
    } else {
        a == b
    }
}

/// Returns whether an expression matches in a line.
pub fn is_match(matcher: &RegexMatcher, line: &[u8]) -> bool {
    // The error type of these searches has no values.
    matcher.is_match(line).is_ok_and(|found| found)
}
