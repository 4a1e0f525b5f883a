//! Checks what the JSON of a rules file says, and gives it the shape that the rest of the adapter works with.
use crate::fault::{quoted, Fault};
use crate::fields::{column, comparison, Bounded, FieldTest};
use crate::json::{self, Object, Scalars};
use crate::patterns::{Parsed, Patterns};
use plughost_values::condition::Order;
use regex_automata::meta::Regex;
use std::ffi::CString;

/// The most conditions in a file, with each text of a list counted as one.
pub const MAX_CONDITIONS: usize = 10_000;
/// The deepest nesting of conditions.
pub const MAX_DEPTH: usize = 64;
/// The most replacements in a file.
pub const MAX_REPLACEMENTS: usize = 1_000;
/// The most tests in a file.
pub const MAX_TESTS: usize = 1_000;
/// The characters of the longest line of a test.
pub const MAX_TEST_LINE: usize = 64 << 10;

/// A checked condition.
#[allow(missing_docs)]
pub enum Condition {
    Text {
        texts: Vec<String>,
        ignore_case: bool,
    },
    Regex(Parsed),
    StartsWith {
        text: String,
        ignore_case: bool,
    },
    EndsWith {
        text: String,
        ignore_case: bool,
    },
    All(Vec<Condition>),
    Any(Vec<Condition>),
    Not(Box<Condition>),
    /// About a column of a row, and not about a line.
    Field {
        name: CString,
        test: FieldTest,
    },
}

// Groups within groups of the same kind, and groups of one, are taken apart.
impl Condition {
    fn all(list: Vec<Condition>) -> Condition {
        let flat = list.into_iter().flat_map(|each| match each {
            Condition::All(inner) => inner,
            other => vec![other],
        });
        one_or(flat.collect(), Condition::All)
    }

    fn any(list: Vec<Condition>) -> Condition {
        let flat = list.into_iter().flat_map(|each| match each {
            Condition::Any(inner) => inner,
            other => vec![other],
        });
        one_or(flat.collect(), Condition::Any)
    }

    /// Returns whether it is about rows, because one of its conditions is about a column.
    pub fn has_fields(&self) -> bool {
        match self {
            Condition::Field { .. } => true,
            Condition::All(list) | Condition::Any(list) => list.iter().any(Condition::has_fields),
            Condition::Not(inner) => inner.has_fields(),
            _ => false,
        }
    }

    /// Returns the conditions of an `any`, or the condition itself.
    pub fn alternatives(&self) -> &[Condition] {
        match self {
            Condition::Any(list) => list,
            other => std::slice::from_ref(other),
        }
    }

    fn not(inner: Condition) -> Condition {
        match inner {
            Condition::Not(inner) => *inner,
            other => Condition::Not(Box::new(other)),
        }
    }
}

/// Returns the only item of a list, or the group of all.
pub fn one_or<T>(mut list: Vec<T>, group: impl FnOnce(Vec<T>) -> T) -> T {
    match list.len() {
        1 => list.swap_remove(0),
        _ => group(list),
    }
}

/// A checked rules file.
#[allow(missing_docs)]
pub struct Rules {
    pub name: String,
    pub keep: Option<Condition>,
    pub replace: Vec<Replacement>,
    pub tests: Vec<json::Test>,
    /// The expressions of all conditions and replacements.
    pub patterns: Patterns,
}

/// A checked rule of a transform.
#[allow(missing_docs)]
pub struct Replacement {
    pub regex: Parsed,
    pub with: String,
    pub pointer: String,
}

const ID: &str = r"^[A-Za-z][0-9A-Za-z_-]*(\.[0-9A-Za-z_-]+)+$";
const NAME: &str = r"^[A-Za-z0-9][0-9A-Za-z_.+-]*$";
const VERSION: &str = r"^[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z_.-]+)?(\+[0-9A-Za-z_.-]+)?$";

/// Checks a file.
pub fn check(file: json::File) -> Result<Rules, Fault> {
    if file.rules != 1.0 {
        return Err(Fault::at("/rules", "it must be 1, the version of the format that this host knows"));
    }
    word("/id", &file.id, ID, "a reverse domain such as org.example.slow")?;
    word("/name", &file.name, NAME, "a name of letters, digits and - _ . +")?;
    word("/version", &file.version, VERSION, "a semantic version such as 1.0.0")?;
    if file.keep.is_none() && file.replace.is_none() {
        return Err(Fault::at("", "it has neither keep nor replace, so it does nothing"));
    }
    let mut conditions = Conditions::default();
    let keep = file.keep.map(|Object(keep)| conditions.check(keep, "/keep", 1)).transpose()?;
    let mut patterns = conditions.patterns;
    length("/replace", file.replace.as_ref().map(Vec::len), MAX_REPLACEMENTS)?;
    let replace = file.replace.unwrap_or_default().into_iter().enumerate();
    let replace = replace.map(|(i, Object(rule))| replacement(rule, format!("/replace/{i}"), &mut patterns));
    let replace = replace.collect::<Result<Vec<_>, _>>()?;
    let own_tests: Vec<_> = file.tests.into_iter().map(|Object(test)| test).collect();
    tests(&own_tests, keep.is_some(), !replace.is_empty())?;
    Ok(Rules { name: file.name, keep, replace, tests: own_tests, patterns })
}

fn word(pointer: &str, value: &str, pattern: &str, what: &str) -> Result<(), Fault> {
    let fits = Regex::new(pattern).is_ok_and(|pattern| pattern.is_match(value));
    fits.then_some(()).ok_or_else(|| Fault::at(pointer, format!("it must be {what}, and is {}", quoted(value))))
}

/// Refuses an empty list and one that is too long.
pub fn length(pointer: &str, length: Option<usize>, limit: usize) -> Result<(), Fault> {
    match length {
        Some(0) => Err(Fault::at(pointer, "the list is empty")),
        Some(length) if length > limit => {
            Err(Fault::at(pointer, format!("there are {length}, and there may be {limit} at most")))
        }
        _ => Ok(()),
    }
}

/// Refuses a text that no line can contain.
fn line(pointer: &str, text: &str) -> Result<(), Fault> {
    match text.contains('\n') {
        true => Err(Fault::at(pointer, "it has a newline in it, which no line can contain")),
        false => Ok(()),
    }
}

fn text(pointer: &str, text: String) -> Result<String, Fault> {
    line(pointer, &text)?;
    match text.is_empty() {
        true => Err(Fault::at(pointer, "it is empty, and an empty text is in every line")),
        false => Ok(text),
    }
}

fn replacement(rule: json::Replacement, pointer: String, patterns: &mut Patterns) -> Result<Replacement, Fault> {
    let json::Replacement { regex, ignore_case, with } = rule;
    line(&format!("{pointer}/with"), &with)?;
    let regex = patterns.parse(&regex, ignore_case, &format!("{pointer}/regex"))?;
    Ok(Replacement { regex, with, pointer })
}

/// The conditions that were checked so far.
#[derive(Default)]
struct Conditions {
    count: usize,
    patterns: Patterns,
}

impl Conditions {
    fn check(&mut self, from: json::Condition, pointer: &str, depth: usize) -> Result<Condition, Fault> {
        if depth > MAX_DEPTH {
            return Err(Fault::at(pointer, format!("conditions may be nested {MAX_DEPTH} deep at most")));
        }
        let json::Condition { field, equals, exists, above, at_least, below, at_most, .. } = from;
        let bounds: [Bounded; 4] = [
            ("above", Order::Greater, above),
            ("atLeast", Order::GreaterOrEqual, at_least),
            ("below", Order::Less, below),
            ("atMost", Order::LessOrEqual, at_most),
        ];
        let json::Condition { text: texts, regex, starts_with, ends_with, ignore_case, all, any, not, .. } = from;
        let searches = [texts.is_some(), regex.is_some(), starts_with.is_some(), ends_with.is_some()];
        let bounded = bounds.iter().filter(|(.., bound)| bound.is_some()).count();
        let comparisons = usize::from(equals.is_some()) + usize::from(exists.is_some()) + bounded;
        let groups = [all.is_some(), any.is_some(), not.is_some()];
        if searches.iter().chain(&groups).filter(|&&set| set).count() + comparisons != 1 {
            let names =
                "text, regex, startsWith, endsWith, equals, above, atLeast, below, atMost, exists, all, any, not";
            return Err(Fault::at(pointer, format!("it must have exactly one of {names}")));
        }
        if ignore_case.is_some() && !searches.contains(&true) {
            return Err(Fault::at(
                &format!("{pointer}/ignoreCase"),
                "it belongs to a text, regex, startsWith or endsWith, and to nothing else",
            ));
        }
        if field.is_some() && groups.contains(&true) {
            return Err(Fault::at(&format!("{pointer}/field"), "a group has no field; its conditions have theirs"));
        }
        if field.is_none() && comparisons > 0 {
            return Err(Fault::at(pointer, "it compares a field, and field is missing"));
        }
        self.count += match &texts {
            Some(json::Texts::Several(texts)) => texts.len(),
            _ => match &equals {
                Some(Scalars::Several(list)) => list.len(),
                _ => 1,
            },
        };
        if self.count > MAX_CONDITIONS {
            return Err(Fault::at(pointer, format!("a file may have {MAX_CONDITIONS} conditions at most")));
        }
        if let Some(not) = not {
            return Ok(Condition::not(self.check(not.0, &format!("{pointer}/not"), depth + 1)?));
        }
        let name = field.map(|name| column(&format!("{pointer}/field"), name)).transpose()?;
        let test = if searches.contains(&true) {
            let search = Search { texts, regex, starts_with, ends_with, ignore_case: ignore_case.unwrap_or(false) };
            let condition = self.search(search, pointer)?;
            if name.is_none() {
                return Ok(condition);
            }
            Some(FieldTest::Text(Box::new(condition)))
        } else {
            comparison(pointer, exists, equals, bounds)?
        };
        if let (Some(name), Some(test)) = (name, test) {
            return Ok(Condition::Field { name, test });
        }
        let (name, list) = if let Some(all) = all { ("all", all) } else { ("any", any.unwrap_or_default()) };
        let pointer = format!("{pointer}/{name}");
        length(&pointer, Some(list.len()), MAX_CONDITIONS)?;
        let list = list
            .into_iter()
            .enumerate()
            .map(|(i, Object(each))| self.check(each, &format!("{pointer}/{i}"), depth + 1))
            .collect::<Result<_, _>>()?;
        Ok(if name == "all" { Condition::all(list) } else { Condition::any(list) })
    }

    /// Checks what is looked for in a line or in the text of a column.
    fn search(&mut self, search: Search, pointer: &str) -> Result<Condition, Fault> {
        let Search { texts, regex, starts_with, ends_with, ignore_case } = search;
        if let Some(texts) = texts {
            let pointer = format!("{pointer}/text");
            let texts = match texts {
                json::Texts::One(one) => vec![text(&pointer, one)?],
                json::Texts::Several(texts) => {
                    length(&pointer, Some(texts.len()), MAX_CONDITIONS)?;
                    texts
                        .into_iter()
                        .enumerate()
                        .map(|(i, each)| text(&format!("{pointer}/{i}"), each))
                        .collect::<Result<_, _>>()?
                }
            };
            return Ok(Condition::Text { texts, ignore_case });
        }
        if let Some(pattern) = regex {
            let parsed = self.patterns.parse(&pattern, ignore_case, &format!("{pointer}/regex"))?;
            return Ok(Condition::Regex(parsed));
        }
        if let Some(start) = starts_with {
            return Ok(Condition::StartsWith { text: text(&format!("{pointer}/startsWith"), start)?, ignore_case });
        }
        let end = ends_with.unwrap_or_default();
        Ok(Condition::EndsWith { text: text(&format!("{pointer}/endsWith"), end)?, ignore_case })
    }
}

/// What is looked for in a text. One of its fields is set.
struct Search {
    texts: Option<json::Texts>,
    regex: Option<String>,
    starts_with: Option<String>,
    ends_with: Option<String>,
    ignore_case: bool,
}

fn tests(tests: &[json::Test], keeps: bool, replaces: bool) -> Result<(), Fault> {
    if tests.len() > MAX_TESTS {
        length("/tests", Some(tests.len()), MAX_TESTS)?;
    }
    for (i, test) in tests.iter().enumerate() {
        let pointer = format!("/tests/{i}");
        for (key, value) in [("line", Some(&test.line)), ("becomes", test.becomes.as_ref())] {
            let Some(value) = value else { continue };
            let pointer = format!("{pointer}/{key}");
            line(&pointer, value)?;
            if value.chars().count() > MAX_TEST_LINE {
                return Err(Fault::at(&pointer, format!("it is longer than {MAX_TEST_LINE} characters")));
            }
        }
        if test.kept.is_none() && test.becomes.is_none() {
            return Err(Fault::at(&pointer, "it has neither kept nor becomes, so it tests nothing"));
        }
        if test.kept.is_some() && !keeps {
            return Err(Fault::at(&format!("{pointer}/kept"), "the file has no keep"));
        }
        if test.becomes.is_some() && !replaces {
            return Err(Fault::at(&format!("{pointer}/becomes"), "the file has no replace"));
        }
    }
    Ok(())
}
