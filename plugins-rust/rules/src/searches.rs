//! Texts and expressions that are searched for together, and which of them every kept line contains.
use crate::check::Condition;
use crate::fault::Fault;
use crate::patterns::{literals, shortest, Parsed, Patterns};
use crate::texts::Texts;
use crate::tree::Node;
use regex_syntax::hir::{Class, ClassBytes, ClassBytesRange, Hir};

/// Texts of the host's own search, `PLUG_LITERALS_MAX` and `PLUG_LITERAL_MAX`.
const MAX_LITERALS: usize = 16;
const MAX_LITERAL: usize = 1024;

/// Texts, and bytes of texts, that an expression finds faster than a search for texts alone: it looks for what they have
/// in common first.
const MAX_JOINED: usize = 256;
const MAX_JOINED_BYTES: usize = 8 << 10;

/// Texts and expressions that are searched for together: a search finds where one of them is.
#[derive(Default)]
pub struct Searches {
    texts: Vec<String>,
    either_case: Vec<String>,
    expressions: Vec<Parsed>,
}

/// Searches of which one finds something in every line for which a condition holds.
pub struct Needed {
    /// The searches.
    pub searches: Searches,
    /// Whether the condition also holds for every line in which one finds something.
    pub is_exact: bool,
}

impl Searches {
    /// Adds a condition. Returns false, having added nothing, if it is not a search for texts or an expression.
    pub fn add(&mut self, condition: &Condition) -> bool {
        match condition {
            Condition::Text { texts, ignore_case: false } => self.texts.extend_from_slice(texts),
            Condition::Text { texts, ignore_case: true } => self.either_case.extend_from_slice(texts),
            Condition::Regex(parsed) => self.expressions.push(parsed.clone()),
            _ => return false,
        }
        true
    }

    /// Adds an expression.
    pub fn add_expression(&mut self, parsed: &Parsed) {
        self.expressions.push(parsed.clone());
    }

    /// Makes the searches: at most one for texts, one for texts in either case, one for expressions.
    pub fn nodes(&self, patterns: &mut Patterns) -> Result<Vec<Node>, Fault> {
        let mut nodes = Vec::new();
        for (texts, either_case) in [(&self.texts, false), (&self.either_case, true)] {
            if !texts.is_empty() {
                nodes.push(Node::Texts(Texts::new(texts, either_case).map_err(|reason| Fault::at("/keep", reason))?));
            }
        }
        if let [first, ..] = &self.expressions[..] {
            let each = self.expressions.iter().map(|parsed| &parsed.hir);
            nodes.push(Node::Regex(patterns.add_any(each, &first.pointer)));
        }
        Ok(nodes)
    }

    /// Makes one search for all, which finds the same lines, if that is faster.
    pub fn joined(&self, patterns: &mut Patterns) -> Option<Node> {
        let texts = || self.texts.iter().chain(&self.either_case);
        let is_single = self.texts.len() <= 1 && self.either_case.is_empty() && self.expressions.is_empty();
        let is_small = texts().count() <= MAX_JOINED && texts().map(String::len).sum::<usize>() <= MAX_JOINED_BYTES;
        if is_single || texts().count() == 0 || !is_small {
            return None;
        }
        let exact = self.texts.iter().map(|text| Hir::literal(text.as_bytes()));
        let each: Vec<_> = exact.chain(self.either_case.iter().map(|text| in_either_case(text))).collect();
        let expressions = self.expressions.iter().map(|parsed| &parsed.hir);
        Some(Node::Regex(patterns.add_any(each.iter().chain(expressions), "/keep")))
    }

    /// Returns texts of which one is in everything that the searches find, byte for byte, for the host's own search. None
    /// if there are no such texts or too many.
    pub fn literals(&self) -> Vec<Vec<u8>> {
        let known = || {
            let mut all: Vec<_> = self.texts.iter().map(|text| text.as_bytes().to_vec()).collect();
            for Parsed { hir, .. } in &self.expressions {
                all.append(&mut literals(hir, MAX_LITERALS)?);
            }
            (self.either_case.is_empty() && all.len() <= MAX_LITERALS).then_some(all)
        };
        let mut all = known().unwrap_or_default();
        all.iter_mut().for_each(|text| text.truncate(MAX_LITERAL));
        all
    }

    fn append(&mut self, other: Searches) {
        self.texts.extend(other.texts);
        self.either_case.extend(other.either_case);
        self.expressions.extend(other.expressions);
    }

    /// Returns the bytes of the shortest text that a line must contain. The longer, the fewer lines have it.
    fn selectivity(&self) -> usize {
        let texts = self.texts.iter().map(|text| 2 * text.len());
        let either_case = self.either_case.iter().map(String::len);
        let expressions =
            self.expressions.iter().map(|Parsed { hir, .. }| literals(hir, 64).map_or(0, |all| shortest(&all)));
        texts.chain(either_case).chain(expressions).min().unwrap_or(0)
    }
}

impl Needed {
    /// Returns what every line needs for which a condition holds, or `None` when it can hold for any line.
    pub fn by(condition: &Condition) -> Option<Needed> {
        let text = |text: &String, ignore_case: bool| {
            let mut searches = Searches::default();
            if ignore_case { &mut searches.either_case } else { &mut searches.texts }.push(text.clone());
            Needed { searches, is_exact: false }
        };
        match condition {
            Condition::StartsWith { text: start, ignore_case } => Some(text(start, *ignore_case)),
            Condition::EndsWith { text: end, ignore_case } => Some(text(end, *ignore_case)),
            Condition::Not(_) | Condition::Field { .. } => None,
            Condition::All(list) => {
                let best = list.iter().filter_map(Needed::by).max_by_key(|each| each.searches.selectivity())?;
                Some(Needed { is_exact: false, ..best })
            }
            Condition::Any(list) => {
                let mut all = Needed { searches: Searches::default(), is_exact: true };
                for each in list {
                    let Needed { searches, is_exact } = Needed::by(each)?;
                    all.searches.append(searches);
                    all.is_exact &= is_exact;
                }
                Some(all)
            }
            Condition::Text { .. } | Condition::Regex(_) => {
                let mut searches = Searches::default();
                searches.add(condition);
                Some(Needed { searches, is_exact: true })
            }
        }
    }
}

/// Returns the expression of a text whose ASCII letters match in either case.
fn in_either_case(text: &str) -> Hir {
    Hir::concat(
        text.bytes()
            .map(|byte| {
                let cases = [byte.to_ascii_uppercase(), byte.to_ascii_lowercase()];
                let ranges = cases.map(|case| ClassBytesRange::new(case, case));
                Hir::class(Class::Bytes(ClassBytes::new(ranges)))
            })
            .collect(),
    )
}
