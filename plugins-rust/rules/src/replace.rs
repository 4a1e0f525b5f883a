//! The transform: what a file replaces in a line.
use crate::check::Replacement;
use crate::fault::Fault;
use crate::keep::Keep;
use crate::patterns::{Index, Patterns};
use crate::searches::Searches;
use grep_matcher::{Captures, Matcher};
use grep_regex::{RegexCaptures, RegexMatcher};
use plughost::Error;
use regex_automata::util::interpolate;

/// Bytes that a line may grow to.
const MAX_LINE: usize = 256 << 20;

/// The rules of a transform.
pub struct Replace {
    /// Finds the lines that change: a line that no rule changes is one in which none matches.
    pub changed: Keep,
    rules: Vec<Rule>,
}

struct Rule {
    regex: Index,
    with: String,
    pointer: String,
}

/// What a worker works with beside its expressions.
pub struct Scratch {
    templates: Vec<Template>,
    /// The line in the making, and the line that it is made of.
    line: Vec<u8>,
    before: Vec<u8>,
}

/// What a rule puts in place of a match.
struct Template {
    /// The text without its groups.
    text: Vec<u8>,
    /// Where in the text each group is inserted.
    groups: Vec<(usize, usize)>,
    captures: RegexCaptures,
}

impl Replace {
    /// Makes the transform of the rules.
    pub fn new(rules: &[Replacement], patterns: &mut Patterns) -> Result<Self, Fault> {
        let mut searches = Searches::default();
        rules.iter().for_each(|rule| searches.add_expression(&rule.regex));
        let changed = Keep::of_searches(searches.nodes(patterns)?);
        let rules = rules.iter().map(|Replacement { regex, with, pointer }| Rule {
            regex: patterns.add_with_groups(regex),
            with: with.clone(),
            pointer: format!("{pointer}/with"),
        });
        Ok(Replace { changed, rules: rules.collect() })
    }

    /// Makes the scratch of a worker. Fails when a rule names a group that its expression does not have.
    pub fn scratch(&self, matchers: &[RegexMatcher]) -> Result<Scratch, Fault> {
        let templates =
            self.rules.iter().map(|rule| template(rule, &matchers[rule.regex])).collect::<Result<_, _>>()?;
        Ok(Scratch { templates, line: Vec::new(), before: Vec::new() })
    }

    /// Returns what a line becomes, or `None` if it stays as it is. The rules work in their order, each on what the one
    /// before it has made.
    pub fn apply<'s>(
        &self,
        line: &[u8],
        matchers: &[RegexMatcher],
        scratch: &'s mut Scratch,
        cancelled: impl Fn() -> bool,
    ) -> Result<Option<&'s [u8]>, Error> {
        let Scratch { templates, line: made, before } = scratch;
        let mut changed = false;
        for (rule, template) in self.rules.iter().zip(templates) {
            let from = if changed {
                std::mem::swap(made, before);
                &before[..]
            } else {
                line
            };
            let replaced = template.replace(&matchers[rule.regex], from, made, &cancelled)?;
            if changed && !replaced {
                std::mem::swap(made, before);
            }
            changed |= replaced;
        }
        Ok(changed.then_some(&made[..]))
    }
}

impl Template {
    /// Writes `line` with all matches replaced to `made`. Returns false, having written nothing of use, if there are none.
    fn replace(
        &mut self,
        matcher: &RegexMatcher,
        line: &[u8],
        made: &mut Vec<u8>,
        cancelled: &impl Fn() -> bool,
    ) -> Result<bool, Error> {
        let Template { text, groups, captures } = self;
        made.clear();
        let (mut copied, mut replaced, mut failure) = (0, false, None);
        let mut put = |start: usize, end: usize, captures: Option<&RegexCaptures>| {
            // An empty match inside a character would cut it apart.
            if start == end && line.get(start).is_some_and(|byte| byte & 0xc0 == 0x80) {
                return true;
            }
            let inserted = groups.iter().filter_map(|&(_, group)| captures?.get(group)).map(|group| group.len());
            let more = start - copied + text.len() + inserted.sum::<usize>();
            if cancelled() {
                failure = Some(Error::cancelled());
            } else if made.len().saturating_add(more) > MAX_LINE {
                failure = Some(Error::internal(format!("a line would become longer than {} MiB", MAX_LINE >> 20)));
            } else if made.try_reserve(more).is_err() {
                failure = Some(Error::no_memory());
            }
            if failure.is_some() {
                return false;
            }
            made.extend_from_slice(&line[copied..start]);
            let mut done = 0;
            for &(at, group) in groups.iter() {
                made.extend_from_slice(&text[done..at]);
                if let Some(group) = captures.and_then(|captures| captures.get(group)) {
                    made.extend_from_slice(&line[group.start()..group.end()]);
                }
                done = at;
            }
            made.extend_from_slice(&text[done..]);
            (copied, replaced) = (end, true);
            true
        };
        let searched = if groups.is_empty() {
            matcher.find_iter(line, |found| put(found.start(), found.end(), None))
        } else {
            matcher.captures_iter(line, captures, |captures| {
                captures.get(0).is_none_or(|found| put(found.start(), found.end(), Some(captures)))
            })
        };
        searched.map_err(|error| Error::internal(error.to_string()))?;
        if let Some(failure) = failure {
            return Err(failure);
        }
        made.extend_from_slice(&line[copied..]);
        Ok(replaced)
    }
}

/// Reads the groups in the text of a rule: `$1`, `$name`, `${name}`; `$$` is a dollar.
fn template(rule: &Rule, matcher: &RegexMatcher) -> Result<Template, Fault> {
    let mut groups = Vec::new();
    let mut unknown = None;
    let mut text = Vec::new();
    interpolate::bytes(
        rule.with.as_bytes(),
        |group, text| groups.push((text.len(), group)),
        |name| {
            let index = matcher.capture_index(name);
            unknown = unknown.take().or_else(|| index.is_none().then(|| name.to_string()));
            index
        },
        &mut text,
    );
    let count = matcher.capture_count();
    let unknown =
        unknown.or_else(|| groups.iter().find(|(_, group)| *group >= count).map(|(_, group)| group.to_string()));
    if let Some(name) = unknown {
        let hint = "write ${1} where a letter or digit follows the group, and $$ for a dollar";
        return Err(Fault::at(&rule.pointer, format!("its expression has no group {name}; {hint}")));
    }
    let captures = matcher.new_captures().map_err(|error| Fault::at(&rule.pointer, error.to_string()))?;
    Ok(Template { text, groups, captures })
}
