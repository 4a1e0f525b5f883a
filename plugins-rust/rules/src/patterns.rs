//! The regular expressions of a file: parsed as `grep-regex` parses them, measured, and compiled.
use crate::check::one_or;
use crate::fault::Fault;
use grep_regex::{RegexMatcher, RegexMatcherBuilder};
use regex_automata::nfa::thompson::NFA;
use regex_syntax::hir::{Hir, HirKind};
use regex_syntax::ParserBuilder;
use std::collections::HashMap;

/// Bytes of all compiled regular expressions of a file together.
const MAX_PROGRAMS: usize = 10 << 20;
/// The most expressions that are searched for each by itself. The memory of a short one is about 100 KiB: its program in
/// several forms, and a cache.
const MAX_SEARCHES: usize = 1_000;

/// Where a compiled expression is in the list of them.
pub type Index = usize;

/// The expressions that are to be compiled, and the memory that they need.
#[derive(Default)]
pub struct Patterns {
    /// Each with the place in the file that a message names.
    sources: Vec<(String, String)>,
    known: HashMap<String, Index>,
    used: usize,
}

/// A parsed expression. Its printed form has no comments, flags or repeated names that could change its neighbours when
/// several are joined.
#[derive(Clone)]
pub struct Parsed {
    /// The expression with its groups.
    with_groups: Hir,
    /// The expression without its groups.
    pub hir: Hir,
    /// Where it stands in the file.
    pub pointer: String,
}

impl Patterns {
    /// Parses an expression and takes its memory from what is left.
    pub fn parse(&mut self, pattern: &str, ignore_case: bool, pointer: &str) -> Result<Parsed, Fault> {
        let fault = |reason: String| Fault::at(pointer, reason);
        let with_groups = ParserBuilder::new()
            .utf8(false)
            .multi_line(true)
            .case_insensitive(ignore_case)
            .build()
            .parse(pattern)
            .map_err(|error| fault(last_line(&error.to_string())))?;
        let newline = || fault("it has a newline in it, which no line can contain".into());
        let hir = without_groups(&with_groups).ok_or_else(newline)?;
        let left = MAX_PROGRAMS - self.used;
        let size = NFA::compiler()
            .configure(NFA::config().utf8(false).nfa_size_limit(Some(left)))
            .build_from_hir(&hir)
            .map(|program| program.memory_usage());
        match size {
            Ok(size) if size <= left => self.used += size,
            _ if self.used == 0 => return Err(fault(format!("it needs more than {} MiB", MAX_PROGRAMS >> 20))),
            _ => {
                let limit = MAX_PROGRAMS >> 20;
                return Err(fault(format!("with it, the regular expressions of the file need more than {limit} MiB")));
            }
        }
        Ok(Parsed { with_groups, hir, pointer: pointer.into() })
    }

    /// Adds an expression, with its groups, to those that will be compiled.
    pub fn add_with_groups(&mut self, parsed: &Parsed) -> Index {
        self.add(parsed.with_groups.to_string(), &parsed.pointer)
    }

    /// Adds one expression that matches where one of several does. There is at least one.
    pub fn add_any<'h>(&mut self, several: impl Iterator<Item = &'h Hir>, pointer: &str) -> Index {
        let each: Vec<_> = several.map(Hir::to_string).collect();
        let pattern = one_or(each, |each| format!("(?:{})", each.join(")|(?:")));
        self.add(pattern, pointer)
    }

    fn add(&mut self, pattern: String, pointer: &str) -> Index {
        let Patterns { sources, known, .. } = self;
        *known.entry(pattern).or_insert_with_key(|pattern| {
            sources.push((pattern.clone(), pointer.into()));
            sources.len() - 1
        })
    }

    /// Compiles all.
    pub fn compile(self) -> Result<Vec<RegexMatcher>, Fault> {
        if let Some((_, pointer)) = self.sources.get(MAX_SEARCHES) {
            let reason =
                format!("more than {MAX_SEARCHES} expressions stand in different groups; those of one any are joined");
            return Err(Fault::at(pointer, reason));
        }
        // A search keeps the states it has met in a cache, up to this size for each worker.
        let cache = MAX_PROGRAMS / self.sources.len().max(1);
        self.sources
            .iter()
            .map(|(pattern, pointer)| {
                RegexMatcherBuilder::new()
                    .line_terminator(Some(b'\n'))
                    .multi_line(true)
                    .size_limit(2 * MAX_PROGRAMS)
                    .dfa_size_limit(cache)
                    .build(pattern)
                    .map_err(|error| Fault::at(pointer, last_line(&error.to_string())))
            })
            .collect()
    }
}

/// Returns the last line of a syntax error, which says what is wrong. The lines before it draw the position.
fn last_line(error: &str) -> String {
    let last = error.lines().last().unwrap_or(error).trim();
    last.strip_prefix("error: ").unwrap_or(last).to_string()
}

/// Returns the expression without capture groups, or `None` if it wants a newline. The parser limits the nesting.
fn without_groups(hir: &Hir) -> Option<Hir> {
    let each = |list: &[Hir]| list.iter().map(without_groups).collect::<Option<Vec<_>>>();
    Some(match hir.kind() {
        HirKind::Literal(literal) if literal.0.contains(&b'\n') => return None,
        HirKind::Capture(group) => without_groups(&group.sub)?,
        HirKind::Repetition(repetition) => Hir::repetition(repetition.with(without_groups(&repetition.sub)?)),
        HirKind::Concat(list) => Hir::concat(each(list)?),
        HirKind::Alternation(list) => Hir::alternation(each(list)?),
        _ => hir.clone(),
    })
}

/// Returns texts of which each match contains one, or `None` if there are none or more than `limit`.
pub fn literals(hir: &Hir, limit: usize) -> Option<Vec<Vec<u8>>> {
    match hir.kind() {
        HirKind::Literal(literal) => Some(vec![literal.0.to_vec()]),
        HirKind::Repetition(repetition) if repetition.min > 0 => literals(&repetition.sub, limit),
        HirKind::Concat(list) => list.iter().filter_map(|each| literals(each, limit)).max_by_key(|each| shortest(each)),
        HirKind::Alternation(list) => {
            let all = list.iter().map(|each| literals(each, limit)).collect::<Option<Vec<_>>>()?.concat();
            (all.len() <= limit).then_some(all)
        }
        _ => None,
    }
}

/// Returns the bytes of the shortest text.
pub fn shortest(texts: &[Vec<u8>]) -> usize {
    texts.iter().map(Vec::len).min().unwrap_or(0)
}
