//! All calls give the answers of an evaluator that knows no searches, only the regex crate and one line.
mod support;

use regex::bytes::{Regex, RegexBuilder};
use serde_json::{json, Value};
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Mutex;
use support::{lines_of, Loaded, Random};

const WORDS: &[&[u8]] = &[
    b"\n",
    b"\n",
    b"\n",
    b"\r\n",
    b"a",
    b"foo",
    b"bar",
    b"ERROR",
    b"error",
    b" ",
    b"\t",
    b"\0",
    b"\xff",
    b"\xc3",
    b"\xa9",
    "é".as_bytes(),
    "\u{212a}".as_bytes(),
    b"42",
    b"_",
    b"\xed\xa0\x80",
    b"foobar baz",
    b"aaa",
];
const TEXTS: &[&str] = &["a", "foo", "foobar", "oba", "ERROR", "error", "é", "k", "42", " ", "aa", "\0", "r b", "\r"];
const EXPRESSIONS: &[&str] = &[
    "",
    "foo|bar",
    "^$",
    "^",
    "$",
    r"\s",
    r"\s+$",
    "[^a]",
    r"\bfoo\b",
    r"(\w+)\s(?<word>\w+)",
    "(?i)error",
    r"\d+",
    r"\Afoo",
    r"bar\z",
    "é",
    r"(?-u:\xff)",
    "a*",
    "(foo)*$",
    r"\B",
    "(?x) foo # (comment",
    "k",
    r"foo.*bar|^a",
    "(?<word>a)b?",
    r"[\t\n]+",
];

fn text(random: &mut Random) -> &'static str {
    random.of(TEXTS)
}

fn condition(random: &mut Random, depth: usize) -> Value {
    let list = |random: &mut Random| (0..1 + random.below(4)).map(|_| condition(random, depth - 1)).collect::<Value>();
    let mut search = match random.below(if depth == 0 { 5 } else { 11 }) {
        0 => json!({ "text": text(random) }),
        1 => json!({ "text": (0..1 + random.below(5)).map(|_| text(random)).collect::<Vec<_>>() }),
        2 => json!({ "regex": random.of(EXPRESSIONS) }),
        3 => json!({ "startsWith": text(random) }),
        4 => json!({ "endsWith": text(random) }),
        5 | 6 => return json!({ "not": condition(random, depth - 1) }),
        7 | 8 => return json!({ "all": list(random) }),
        _ => return json!({ "any": list(random) }),
    };
    if random.below(3) == 0 {
        search["ignoreCase"] = (random.below(4) > 0).into();
    }
    search
}

/// Takes groups within groups of the same kind, and groups of one, apart.
fn flat(condition: &Value) -> Value {
    for name in ["all", "any"] {
        let Some(list) = condition[name].as_array() else { continue };
        let parts = |each: Value| each[name].as_array().cloned().unwrap_or_else(|| vec![each]);
        let list: Vec<_> = list.iter().map(flat).flat_map(parts).collect();
        return if list.len() == 1 { list[0].clone() } else { json!({ name: list }) };
    }
    if condition["not"].is_null() {
        return condition.clone();
    }
    let inner = flat(&condition["not"]);
    if inner["not"].is_null() {
        json!({ "not": inner })
    } else {
        inner["not"].clone()
    }
}

fn either_case(condition: &Value) -> bool {
    condition["ignoreCase"] == true
}

fn texts(condition: &Value) -> Vec<&str> {
    match &condition["text"] {
        Value::Array(list) => list.iter().filter_map(Value::as_str).collect(),
        one => one.as_str().into_iter().collect(),
    }
}

/// Compiles an expression once.
fn expression(pattern: &str, either_case: bool) -> Regex {
    static KNOWN: Mutex<BTreeMap<(String, bool), Regex>> = Mutex::new(BTreeMap::new());
    let compile = || RegexBuilder::new(pattern).multi_line(true).case_insensitive(either_case).build().unwrap();
    KNOWN.lock().unwrap().entry((pattern.into(), either_case)).or_insert_with(compile).clone()
}

fn holds(condition: &Value, line: &[u8]) -> bool {
    let same = |a: &[u8], b: &str| {
        if either_case(condition) {
            a.eq_ignore_ascii_case(b.as_bytes())
        } else {
            a == b.as_bytes()
        }
    };
    let list = |name: &str| condition[name].as_array();
    if let Some(list) = list("all") {
        return list.iter().all(|each| holds(each, line));
    }
    if let Some(list) = list("any") {
        return list.iter().any(|each| holds(each, line));
    }
    if condition["not"].is_object() {
        return !holds(&condition["not"], line);
    }
    if let Some(pattern) = condition["regex"].as_str() {
        return expression(pattern, either_case(condition)).is_match(line);
    }
    if let Some(start) = condition["startsWith"].as_str() {
        return line.len() >= start.len() && same(&line[..start.len()], start);
    }
    if let Some(end) = condition["endsWith"].as_str() {
        return line.len() >= end.len() && same(&line[line.len() - end.len()..], end);
    }
    texts(condition).iter().any(|text| line.windows(text.len()).any(|window| same(window, text)))
}

/// Returns the places of a line in which a condition holds. The texts of one `any` are one search, and so are its
/// expressions: of those that match at one place, the first in the file counts.
fn places(condition: &Value, line: &[u8]) -> Vec<Range<usize>> {
    if !holds(condition, line) || condition["not"].is_object() {
        return Vec::new();
    }
    if let Some(list) = condition["all"].as_array() {
        return list.iter().flat_map(|each| places(each, line)).collect();
    }
    let one = [condition.clone()];
    let list = condition["any"].as_array().map_or(&one[..], Vec::as_slice);
    let mut all = Vec::new();
    for case in [false, true] {
        let same = list.iter().filter(|each| either_case(each) == case);
        let texts: Vec<_> = same.flat_map(texts).collect();
        let mut at = 0;
        while at < line.len() {
            let here = texts.iter().find(|text| {
                line[at..]
                    .get(..text.len())
                    .is_some_and(|part| part == text.as_bytes() || case && part.eq_ignore_ascii_case(text.as_bytes()))
            });
            all.extend(here.map(|text| at..at + text.len()));
            at += here.map_or(1, |text| text.len());
        }
    }
    let expressions: Vec<_> = list.iter().filter(|each| each["regex"].is_string()).collect();
    let mut at = 0;
    let mut last = None;
    while let Some(found) = (at <= line.len()).then(|| first_match(&expressions, line, at)).flatten() {
        at = if found.is_empty() { found.end + 1 } else { found.end };
        if !found.is_empty() || last != Some(found.end) {
            all.push(found.clone());
        }
        last = Some(found.end);
    }
    for each in list {
        match (each["startsWith"].as_str(), each["endsWith"].as_str()) {
            (Some(start), _) if holds(each, line) => all.push(0..start.len()),
            (_, Some(end)) if holds(each, line) => all.push(line.len() - end.len()..line.len()),
            _ if each["all"].is_array() => all.extend(places(each, line)),
            _ => {}
        }
    }
    all
}

/// Returns the leftmost match from `at` on; of several that begin there, that of the first expression.
fn first_match(expressions: &[&Value], line: &[u8], at: usize) -> Option<Range<usize>> {
    let matches = expressions.iter().filter_map(|each| {
        expression(each["regex"].as_str().unwrap(), either_case(each)).find_at(line, at).map(|found| found.range())
    });
    matches.min_by_key(|found| found.start)
}

/// Marks the bytes of places, and the gaps of empty places that touch no other.
fn marks(places: &[Range<usize>], line: &[u8]) -> (Vec<bool>, Vec<usize>) {
    let mut bytes = vec![false; line.len()];
    places.iter().for_each(|place| bytes[place.clone()].fill(true));
    let touches = |at: usize| at.checked_sub(1).is_some_and(|before| bytes[before]) || bytes.get(at) == Some(&true);
    let mut gaps: Vec<_> =
        places.iter().filter(|place| place.is_empty() && !touches(place.start)).map(|place| place.start).collect();
    gaps.sort_unstable();
    gaps.dedup();
    (bytes, gaps)
}

fn block(random: &mut Random) -> Vec<u8> {
    (0..random.below(60)).flat_map(|_| random.of(WORDS)).copied().collect()
}

fn head() -> Value {
    json!({ "rules": 1, "id": "org.example.random", "name": "random", "version": "1.0.0" })
}

#[test]
fn a_tree_keeps_what_a_naive_evaluator_keeps() {
    for seed in 0..200 {
        let mut random = Random(seed);
        let depth = random.below(4);
        let mut file = head();
        file["keep"] = condition(&mut random, depth);
        let keep = flat(&file["keep"]);
        let plugin = Loaded::new(&file.to_string()).unwrap_or_else(|refusal| panic!("{refusal}: {file}"));
        let literals = plugin.literals();
        for _ in 0..4 {
            let block = block(&mut random);
            let shown = || format!("seed {seed}, {} on {}", file["keep"], block.escape_ascii());
            let lines = lines_of(&block);
            let mut expected = Vec::new();
            for span in &lines {
                let line = &block[span.offset as usize..][..span.length as usize];
                let kept = holds(&file["keep"], line);
                assert_eq!(plugin.matches(line), kept, "{}: {}", shown(), line.escape_ascii());
                let (found, wanted) = (plugin.spans(line), places(&keep, line));
                assert_eq!(marks(&found, line), marks(&wanted, line), "{}: {}", shown(), line.escape_ascii());
                assert!(found.windows(2).all(|pair| pair[0].end <= pair[1].start), "{}: {found:?}", shown());
                let contains = |text: &Vec<u8>| line.windows(text.len()).any(|window| window == text);
                assert!(!kept || literals.is_empty() || literals.iter().any(contains), "{}: {literals:?}", shown());
                expected.extend(kept.then_some(*span));
            }
            assert_eq!(plugin.batch(&block, &lines), expected, "batch of {}", shown());
            let some: Vec<_> = lines.iter().filter(|_| random.below(3) > 0).copied().collect();
            let wanted: Vec<_> = expected.iter().filter(|span| some.contains(span)).copied().collect();
            assert_eq!(plugin.batch(&block, &some), wanted, "batch of some lines of {}", shown());
            for cap in [1, 2, 64] {
                assert_eq!(plugin.scan(&block, cap), expected, "scan of {}", shown());
            }
        }
    }
}

#[test]
fn replacements_make_what_the_regex_crate_makes() {
    const WITH: &[&str] = &["", "-", "<$0>", "$$", "$0$0", "é", "$"];
    for seed in 0..200 {
        let mut random = Random(seed);
        let mut file = head();
        file["replace"] = (0..1 + random.below(3))
            .map(|_| json!({ "regex": random.of(EXPRESSIONS), "with": random.of(WITH), "ignoreCase": random.below(2) == 0 }))
            .collect();
        let plugin = Loaded::new(&file.to_string()).unwrap();
        assert!(plugin.is_transform() && !plugin.is_filter());
        for _ in 0..4 {
            let block = block(&mut random);
            let lines = lines_of(&block);
            let mut expected = Vec::new();
            for span in &lines {
                let mut line = block[span.offset as usize..][..span.length as usize].to_vec();
                let given = line.clone();
                for rule in file["replace"].as_array().unwrap() {
                    let regex = expression(rule["regex"].as_str().unwrap(), rule["ignoreCase"] == true);
                    let before = line.clone();
                    let made = regex.replace_all(&before, |captures: &regex::bytes::Captures| {
                        let found = captures.get(0).unwrap();
                        let mut text = Vec::new();
                        // An empty match inside a character is none.
                        if !found.is_empty() || before.get(found.start()).is_none_or(|byte| byte & 0xc0 != 0x80) {
                            captures.expand(rule["with"].as_str().unwrap().as_bytes(), &mut text);
                        }
                        text
                    });
                    line = made.into_owned();
                }
                let shown = || format!("seed {seed}, {} on {}", file["replace"], given.escape_ascii());
                assert_eq!(
                    plugin.transform(&given).escape_ascii().to_string(),
                    line.escape_ascii().to_string(),
                    "{}",
                    shown()
                );
                expected.push(line);
            }
            assert_eq!(plugin.transform_batch(&block, &lines), expected, "seed {seed}, batch of {}", file["replace"]);
        }
    }
}
