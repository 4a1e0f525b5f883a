//! What a file may not say, and the limits.
mod support;

use serde_json::{json, Value};
use support::Loaded;

fn with(parts: Value) -> String {
    let mut file = json!({ "rules": 1, "id": "org.example.x", "name": "x", "version": "1.0.0" });
    file.as_object_mut().unwrap().extend(parts.as_object().unwrap().clone());
    file.to_string()
}

fn refused(file: &str) -> String {
    Loaded::new(file).err().unwrap_or_else(|| panic!("it was not refused: {file}"))
}

fn keep(condition: Value) -> String {
    with(json!({ "keep": condition }))
}

#[test]
fn a_refusal_names_the_place_and_the_reason() {
    for (file, reason) in [
        (keep(json!({ "regex": "(" })), "/keep/regex: unclosed group"),
        (keep(json!({ "any": [{ "text": "a" }, { "not": { "regex": "a\\nb" } }] })), "/keep/any/1/not/regex: it has a newline in it, which no line can contain"),
        (keep(json!({ "regex": "(?<=a)b" })), "/keep/regex: look-around, including look-ahead and look-behind, is not supported"),
        (keep(json!({ "text": "a\nb" })), "/keep/text: it has a newline in it, which no line can contain"),
        (keep(json!({ "text": ["a", ""] })), "/keep/text/1: it is empty, and an empty text is in every line"),
        (keep(json!({ "any": [] })), "/keep/any: the list is empty"),
        (keep(json!(["a"])), "invalid type: sequence, expected an object at line 1 column 43"),
        (keep(json!({})), "/keep: it must have exactly one of text, regex, startsWith, endsWith, equals, above, atLeast, below, atMost, exists, all, any, not"),
        (keep(json!({ "all": [{ "text": "a" }], "ignoreCase": true })), "/keep/ignoreCase: it belongs to a text, regex, startsWith or endsWith, and to nothing else"),
        (keep(json!({ "all": [{ "text": "a" }], "field": "x" })), "/keep/field: a group has no field; its conditions have theirs"),
        (keep(json!({ "atLeast": 5 })), "/keep: it compares a field, and field is missing"),
        (keep(json!({ "field": "x" })), "/keep: it must have exactly one of text, regex, startsWith, endsWith, equals, above, atLeast, below, atMost, exists, all, any, not"),
        (keep(json!({ "field": "x", "atLeast": 5, "below": 9 })), "/keep: it must have exactly one of text, regex, startsWith, endsWith, equals, above, atLeast, below, atMost, exists, all, any, not"),
        (keep(json!({ "field": "x", "equals": 5, "ignoreCase": true })), "/keep/ignoreCase: it belongs to a text, regex, startsWith or endsWith, and to nothing else"),
        (keep(json!({ "field": "", "exists": true })), "/keep/field: it is empty, and a column has a name"),
        (keep(json!({ "field": "a\0", "exists": true })), "/keep/field: it has a control character in it, which no name of a column has"),
        (keep(json!({ "field": "a\tb", "exists": true })), "/keep/field: it has a control character in it, which no name of a column has"),
        (keep(json!({ "field": "é".repeat(128), "exists": true })), "/keep/field: it has more than 255 bytes, which no name of a column has"),
        (keep(json!({ "field": "x", "equals": [] })), "/keep/equals: the list is empty"),
        (keep(json!({ "field": "x", "equals": [1, "a"] })), "/keep/equals: the values of a list are texts or numbers, and not both"),
        (keep(json!({ "not": { "field": "x", "regex": "(" } })), "/keep/not/regex: unclosed group"),
        (keep(json!({ "field": "x", "atMost": u64::MAX })), "/keep/atMost: it is no integer of 64 bits; write 18446744073709551615.0 for a real number"),
        (keep(json!({ "any": (0..102).map(|i| json!({ "field": format!("c{i}"), "exists": true })).collect::<Vec<_>>() })), "/keep: its conditions may read 100 columns at most"),
        (with(json!({ "keep": { "field": "x", "equals": 5 }, "tests": [{ "line": "a", "fields": { "x": 5.0 }, "kept": true }, { "line": "a", "kept": true }] })), "/tests/1: the line \"a\" is dropped, and should be kept"),
        (with(json!({ "keep": { "field": "x", "equals": true }, "tests": [{ "line": "a", "fields": { "x": true }, "kept": false }] })), "/tests/0: the line \"a\" is kept, and should be dropped"),
        (with(json!({ "keep": { "field": "x", "equals": 1 }, "tests": [{ "line": "a", "fields": { "x": true }, "kept": false }] })), "/tests/0: the column x holds true or false; compare it with true or false"),
        (keep(json!({ "regex": "\\w{5000}" })), "/keep/regex: it needs more than 10 MiB"),
        (with(json!({ "replace": [{ "regex": "a", "with": "$1" }] })), "/replace/0/with: its expression has no group 1; write ${1} where a letter or digit follows the group, and $$ for a dollar"),
        (with(json!({ "replace": [{ "regex": "(a)", "with": "$1ms" }] })), "/replace/0/with: its expression has no group 1ms; write ${1} where a letter or digit follows the group, and $$ for a dollar"),
        (with(json!({ "replace": [{ "regex": "a", "with": "\n" }] })), "/replace/0/with: it has a newline in it, which no line can contain"),
        (with(json!({})), "it has neither keep nor replace, so it does nothing"),
        (with(json!({ "keep": { "text": "a" }, "rules": 2 })), "/rules: it must be 1, the version of the format that this host knows"),
        (with(json!({ "keep": { "text": "a" }, "tests": [{ "line": "a", "kept": true }, { "line": "b", "kept": true }] })), "/tests/1: the line \"b\" is dropped, and should be kept"),
        (with(json!({ "keep": { "text": "a" }, "tests": [{ "line": "a", "kept": false }] })), "/tests/0: the line \"a\" is kept, and should be dropped"),
        (with(json!({ "replace": [{ "regex": "a", "with": "b" }], "tests": [{ "line": "aa", "becomes": "ab" }] })), "/tests/0: the line \"aa\" becomes \"bb\", and should become \"ab\""),
        (with(json!({ "keep": { "text": "a" }, "tests": [{ "line": "a", "becomes": "a" }] })), "/tests/0/becomes: the file has no replace"),
        (keep(json!({ "text": "a" })).replace("\"id\"", "\"keep\":{\"text\":\"b\"},\"id\""), "duplicate field `keep` at line 1 column 82"),
        (keep(json!({ "text": "a" })).replace("\"a\"", "\"\\ud800\""), "unexpected end of hex escape at line 1 column 61"),
    ] {
        let found = refused(&file);
        assert!(found == reason || reason.contains(" at line ") && found.contains(" at line "), "{file}: {found}");
    }
}

#[test]
fn nothing_has_no_limit() {
    let nested = |depth: usize| (1..depth).fold(json!({ "text": "x" }), |inner, _| json!({ "all": [inner] }));
    assert!(Loaded::new(&keep(nested(64))).is_ok());
    assert!(refused(&keep(nested(65))).ends_with(": conditions may be nested 64 deep at most"));
    assert_eq!(refused(&"[".repeat(1 << 20)), "its arrays and objects are nested too deep");
    assert_eq!(
        refused(&format!("{{\"keep\":{}", "{\"not\":".repeat(150_000))),
        "its arrays and objects are nested too deep"
    );

    let texts = |count: usize| keep(json!({ "text": (0..count).map(|i| format!("text {i}")).collect::<Vec<_>>() }));
    assert!(Loaded::new(&texts(10_000)).unwrap().matches(b"a text 9999"));
    assert_eq!(refused(&texts(10_001)), "/keep: a file may have 10000 conditions at most");

    let any =
        |count: usize| json!({ "any": (0..count).map(|i| json!({ "regex": format!("^a{i}$") })).collect::<Vec<_>>() });
    assert!(Loaded::new(&keep(any(5_000))).unwrap().matches(b"a4999"));
    let all = |count: usize| {
        keep(json!({ "all": (0..count).map(|i| json!({ "regex": format!("b{i}?") })).collect::<Vec<_>>() }))
    };
    let found = refused(&all(1_100));
    assert!(
        found.starts_with("/keep/all/") && found.contains("more than 1000 expressions stand in different groups"),
        "{found}"
    );
    let classes = (0..200).map(|i| json!({ "regex": format!("\\w{{8}}{i}") })).collect::<Vec<_>>();
    let found = refused(&keep(json!({ "any": classes })));
    assert!(found.ends_with("/regex: with it, the regular expressions of the file need more than 10 MiB"), "{found}");

    let tests = |count: usize, line: &str| {
        with(json!({ "keep": { "text": "a" }, "tests": vec![json!({ "line": line, "kept": true }); count] }))
    };
    assert!(Loaded::new(&tests(1_000, "a")).is_ok());
    assert_eq!(refused(&tests(1_001, "a")), "/tests: there are 1001, and there may be 1000 at most");
    assert!(Loaded::new(&tests(1, &"a".repeat(65_536))).is_ok());
    assert_eq!(refused(&tests(1, &"a".repeat(65_537))), "/tests/0/line: it is longer than 65536 characters");
}

#[test]
fn the_host_gets_texts_that_every_kept_line_has() {
    let literals = |condition: Value| {
        let plugin = Loaded::new(&keep(condition)).unwrap();
        plugin.literals().into_iter().map(|text| String::from_utf8(text).unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(literals(json!({ "text": "abc" })), ["abc"]);
    assert_eq!(
        literals(json!({ "all": [{ "text": "ab" }, { "text": "abcd" }, { "not": { "text": "x" } }] })),
        ["abcd"]
    );
    assert_eq!(literals(json!({ "any": [{ "text": ["a", "b"] }, { "startsWith": "c" }] })), ["a", "b", "c"]);
    assert_eq!(literals(json!({ "regex": "took \\d{4,} ms" })), ["took "]);
    assert_eq!(literals(json!({ "any": [{ "regex": "(foo|bar)+x*" }, { "text": "é" }] })), ["é", "foo", "bar"]);
    assert_eq!(literals(json!({ "text": "abc", "ignoreCase": true })), [""; 0]);
    assert_eq!(literals(json!({ "any": [{ "text": "abc" }, { "not": { "text": "abc" } }] })), [""; 0]);
    assert_eq!(literals(json!({ "text": (0..17).map(|i| i.to_string()).collect::<Vec<_>>() })), [""; 0]);
    assert_eq!(literals(json!({ "text": "x".repeat(2_000) })), ["x".repeat(1024)]);
}
