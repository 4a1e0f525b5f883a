//! Compares the walk with serde_json: on documents by chance, and on the same with bytes changed.
use crate::plan::Plan;
use crate::text::decode;
use crate::walk::{Kind, Value, Walk, MAX_DEPTH};
use serde_json::Value as Tree;

const NAMES: [&str; 9] = ["a", "b", "a.b", "a.b.c", "b.a", "a.a.a.a", "", "kéy", "a..b"];

/// Numbers by chance, the same ones in each run of a seed.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % limit
    }

    fn one<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.below(of.len())]
    }

    fn string(&mut self, text: &mut String) {
        const PARTS: [&str; 13] = [
            "a",
            "b",
            "a.b",
            "é",
            "\u{1f600}",
            "\\n",
            "\\u0061",
            "\\ud83d\\ude00",
            "\\\"",
            "\\\\",
            " ",
            "{[,:]}",
            "longer than a vector",
        ];
        text.push('"');
        for _ in 0..self.below(4) {
            text.push_str(self.one(&PARTS));
        }
        text.push('"');
    }

    fn value(&mut self, depth: usize, text: &mut String) {
        const SCALARS: [&str; 12] = [
            "0",
            "-1",
            "12.50",
            "1e3",
            "9223372036854775808",
            "true",
            "false",
            "null",
            "-0.0",
            "1E-2",
            "123456789012345678901",
            "7",
        ];
        match self.below(if depth > 5 { 2 } else { 5 }) {
            0 => text.push_str(self.one(&SCALARS)),
            1 => self.string(text),
            2 => self.items(depth, text, ['[', ']'], |random, text| random.value(depth + 1, text)),
            _ => self.object(depth, text),
        }
    }

    fn object(&mut self, depth: usize, text: &mut String) {
        self.items(depth, text, ['{', '}'], |random, text| {
            if random.below(4) == 0 {
                random.string(text);
            } else {
                text.push_str(random.one(&["\"a\"", "\"b\"", "\"a.b\"", "\"b.c\"", "\"\"", "\"kéy\"", "\"\\u0061\""]));
            }
            text.push_str(random.one(&[":", " :", ": ", "\t:\r "]));
            random.value(depth + 1, text);
        });
    }

    fn items(&mut self, depth: usize, text: &mut String, ends: [char; 2], one: impl Fn(&mut Random, &mut String)) {
        text.push(ends[0]);
        for i in 0..self.below(if depth == 0 { 7 } else { 4 }) {
            text.push_str(if i > 0 { self.one(&[",", " , "]) } else { "" });
            one(self, text);
        }
        text.push_str(self.one(&["", " "]));
        text.push(ends[1]);
    }
}

/// Finds a name as README.md describes it.
fn lookup<'a>(object: &'a Tree, name: &str) -> Option<&'a Tree> {
    let object = object.as_object()?;
    let cuts = (0..name.len()).rev().filter(|at| name.as_bytes()[*at] == b'.');
    object.get(name).or_else(|| {
        cuts.into_iter().find_map(|at| object.get(&name[..at]).and_then(|inside| lookup(inside, &name[at + 1..])))
    })
}

fn first_found(plan: &Plan, walk: &Walk, column: usize) -> Value {
    let mut values = plan.columns[column].iter().map(|place| walk.found[*place]);
    values.find(|value| value.kind != Kind::Missing).unwrap_or_default()
}

fn is_value(text: &[u8], found: Value, wanted: Option<&Tree>) -> bool {
    let token = &text[found.begin..found.end];
    match (found.kind, wanted) {
        (Kind::Missing, None) | (Kind::Null, Some(Tree::Null)) => true,
        (Kind::Boolean, Some(Tree::Bool(value))) => token == value.to_string().as_bytes(),
        (Kind::Number, Some(number @ Tree::Number(_))) => serde_json::from_slice::<Tree>(token).unwrap() == *number,
        (Kind::String, Some(Tree::String(value))) => token == value.as_bytes(),
        (Kind::Escaped, Some(Tree::String(value))) => {
            let mut text = Vec::new();
            decode(token, &mut text);
            text == value.as_bytes()
        }
        (Kind::Nested, Some(nested)) => {
            nested.is_object() | nested.is_array() && serde_json::from_slice::<Tree>(token).unwrap() == *nested
        }
        _ => false,
    }
}

/// Walks a text that stands between others, and compares what is found. Returns whether the text fits.
fn compare(names: &[&str], text: &[u8]) -> bool {
    let plan = Plan::new(&names.iter().map(|name| name.as_bytes()).collect::<Vec<_>>());
    let mut walk = Walk::new(&plan);
    let block = [b"{\"a\":\"", text, b"\"}\n{\"a\":0}"].concat();
    let fits = walk.line(&plan, &block, 6, 6 + text.len());
    let shown = String::from_utf8_lossy(text);
    let is_json = serde_json::from_slice::<serde_json::value::Value>(text).is_ok_and(|tree| tree.is_object());
    let is_json_of_bytes = text.trim_ascii_start().starts_with(b"{") && ignored(text);
    assert_eq!(fits, is_json_of_bytes, "{shown}");
    assert!(fits || !is_json, "{shown}");
    if let (true, Ok(tree)) = (fits, serde_json::from_slice::<Tree>(text)) {
        for (column, name) in names.iter().enumerate() {
            let (found, wanted) = (first_found(&plan, &walk, column), lookup(&tree, name));
            assert!(is_value(&block, found, wanted), "{name} of {shown}: {found:?}, and not {wanted:?}");
        }
    }
    fits
}

/// Returns whether serde_json takes a text for JSON, whatever bytes its strings have.
fn ignored(text: &[u8]) -> bool {
    let lossless: String = text.iter().map(|byte| char::from(*byte)).collect();
    let mut reader = serde_json::Deserializer::from_str(&lossless);
    let is_value = <serde::de::IgnoredAny as serde::Deserialize>::deserialize(&mut reader).is_ok();
    is_value && reader.end().is_ok()
}

#[test]
fn finds_what_serde_json_finds() {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let mut fitting = 0;
    for _ in 0..20_000 {
        let mut text = String::new();
        random.object(0, &mut text);
        assert!(compare(&NAMES, text.as_bytes()), "{text}");
        let mut bytes = text.into_bytes();
        for _ in 0..=random.below(3) {
            let at = random.below(bytes.len());
            match random.below(4) {
                0 => drop(bytes.remove(at)),
                1 => bytes.insert(at, b"\"\\{}[],:0-.eE tfnu\x00\x1f\x7f\xff"[random.below(22)]),
                2 => bytes[at] = b"\"\\{}[],:0-.eE tfnu\x00\x1f\x7f\xff"[random.below(22)],
                _ => bytes.truncate(at + 1),
            }
            fitting += usize::from(!bytes.is_empty() && compare(&NAMES, &bytes));
            if bytes.is_empty() {
                break;
            }
        }
    }
    assert!(fitting > 2_000, "of the changed lines only {fitting} fit");
}

#[test]
fn whether_a_line_fits_does_not_depend_on_the_names() {
    let mut random = Random(7);
    for _ in 0..5_000 {
        let mut text = String::new();
        random.object(0, &mut text);
        let mut bytes = text.into_bytes();
        let at = random.below(bytes.len());
        bytes[at] = b"\"\\{}[],:0"[random.below(9)];
        let fits = compare(&[], &bytes);
        for names in [&NAMES[..1], &NAMES[2..4], &["b", "a.b", "b"]] {
            assert_eq!(compare(names, &bytes), fits);
        }
    }
}

#[test]
fn depth_has_a_limit() {
    let plan = Plan::new(&[b"a"]);
    let mut walk = Walk::new(&plan);
    let nested = |depth: usize| format!("{{\"a\":{}0{}}}", "[".repeat(depth - 1), "]".repeat(depth - 1));
    let mut fits = |text: String| walk.line(&plan, text.as_bytes(), 0, text.len());
    assert!(fits(nested(MAX_DEPTH)));
    assert!(!fits(nested(MAX_DEPTH + 1)));
    assert!(!fits(format!("{{\"a\":{}", "{\"a\":".repeat(1_000_000))));
    assert!(!fits("[".repeat(1_000_000)));
}
