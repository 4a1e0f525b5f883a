//! What filters, transforms and exporters do with lines.
mod support;

use plughost::abi;
use plughost::abi::status::INTERNAL;
use support::*;

const HOSTILE: [&[u8]; 9] =
    [b"", b"a", b"\0", b"a\0b\r", b"\xff", b"caf\xc3\xa9", b"\xc3", b"\xed\xa0\x80", "\u{1f600} x\u{fffd}".as_bytes()];

#[test]
fn match_and_match_batch_keep_the_same_lines() {
    let _alone = alone();
    let script = offering("filter: (line) => line.length % 2 === 1");
    let worker = script.worker();
    // Each byte that is not UTF-8 is one U+FFFD, as a TextDecoder makes of it; the last line is a pair of surrogates and 3 more.
    let expected = [false, true, true, false, true, false, true, true, true];
    assert_eq!(worker.match_batch(&HOSTILE).unwrap(), expected);
    assert_eq!(HOSTILE.map(|line| worker.matches(line) == 1), expected);
}

#[test]
fn a_filter_returns_true_or_false_and_nothing_else() {
    let _alone = alone();
    for (returned, shown) in [
        ("undefined", "undefined"),
        ("null", "null"),
        ("0", "the number 0"),
        ("1.5", "the number 1.5"),
        ("'x'", "the text \"x\""),
        ("'x'.repeat(41)", "a text"),
        ("/a/.exec(line)", "an array"),
        ("({})", "an object"),
        ("(() => 1)", "a function"),
        ("Symbol()", "a symbol"),
        ("10n", "a BigInt"),
        ("new Error('x')", "an Error"),
        ("Promise.resolve(true)", "a Promise, and nothing waits for one"),
    ] {
        let script = offering(&format!("filter: (line) => {returned}"));
        let error = script.worker().match_batch(&[b"a"]).unwrap_err();
        let expected = format!("x.js:2:33: filter must return true or false, not {shown}");
        assert_eq!(error, Fault(INTERNAL, expected, Some(0)));
    }
}

#[test]
fn an_error_names_its_place_and_its_line_and_the_next_line_gets_an_answer() {
    let _alone = alone();
    let script = offering("filter: (line) => {\n if (line === 'bad') throw new TypeError('no');\n return true }");
    let worker = script.worker();
    let failed = Fault(INTERNAL, "x.js:3:32: no".into(), Some(2));
    assert_eq!(worker.match_batch(&[b"a", b"bad", b"b"]).unwrap_err(), failed);
    assert_eq!(worker.match_batch(&[b"a", b"b"]).unwrap(), [true, true]);
    LOGGED.lock().unwrap().clear();
    assert_eq!(worker.matches(b"bad"), INTERNAL);
    // This call of the contract has no error to fill.
    assert_eq!(*LOGGED.lock().unwrap(), ["3 x.js:3:32: no"]);
    assert_eq!(worker.matches(b"a"), 1);
}

#[test]
fn what_a_script_holds_stays_after_an_error_and_is_gone_after_it_was_stopped() {
    let _alone = alone();
    let code = "\nlet n = 0;\nexport default () => ({ filter: (line) => {
        if (line === 'throw') throw new Error('x');
        if (line === 'memory') 'x'.repeat(1e9);
        if (line === 'promise') Promise.resolve(1).then(() => {});
        return n++ > 0; } });";
    let script = script(code).unwrap();
    let worker = script.worker();
    assert_eq!(worker.match_batch(&[b"a", b"b"]).unwrap(), [false, true]);
    assert_eq!(worker.match_batch(&[b"throw"]).unwrap_err().1, "x.js:4:41: x");
    assert_eq!(worker.match_batch(&[b"c"]).unwrap(), [true]);
    for (line, message) in [
        (&b"memory"[..], "x.js:5:36: out of memory: a script may use 64 MiB"),
        (b"promise", "x.js: it started asynchronous work, such as a promise, and nothing waits for that"),
    ] {
        assert_eq!(worker.match_batch(&[line]).unwrap_err().1, message);
        assert_eq!(worker.match_batch(&[b"a", b"b"]).unwrap(), [false, true]);
    }
}

#[test]
fn an_ordered_script_is_not_started_again_in_the_middle() {
    let _alone = alone();
    let text = format!(
        "{}\nlet n = 0; export default () => ({{ filter: (line) => line ? n++ > 0 : 'x'.repeat(1e9) }});",
        manifest(", \"ordered\": true")
    );
    let ordered = Script::new(&[("x.js", &text)], "{}").unwrap();
    assert_eq!(ordered.filter().unwrap().flags, abi::FILTER_ORDERED);
    assert_eq!(offering("filter: () => true").filter().unwrap().flags, abi::FILTER_LINEWISE);
    let worker = ordered.worker();
    assert_eq!(worker.match_batch(&[b"a", b"b"]).unwrap(), [false, true]);
    assert!(worker.match_batch(&[b""]).unwrap_err().1.contains("out of memory"));
    assert_eq!(worker.match_batch(&[b"a"]).unwrap_err().1, "x.js: it was stopped in an earlier call");
}

#[test]
fn a_transform_keeps_drops_and_replaces_lines() {
    let _alone = alone();
    let script = offering(
        "transform: (line) => ({ same: undefined, drop: null, none: [], twice: [line, line + '!'], empty: '' })[line] ??
           (line === 'drop' ? null : line === 'same' ? undefined : line.replace('a', 'b'))",
    );
    let worker = script.worker();
    let lines: [&[u8]; 8] = [b"same", b"drop", b"none", b"twice", b"empty", b"xax", b"xyx", b"\xffa"];
    let expected =
        [None, Some(""), Some(""), Some("twice\ntwice!\n"), Some("\n"), Some("xbx\n"), None, Some("\u{fffd}b\n")];
    let expected = expected.map(|made| made.map(|text| text.as_bytes().to_vec()));
    assert_eq!(worker.transform_batch(&lines).unwrap(), expected);
    assert_eq!(lines.map(|line| worker.transform(line).unwrap()), expected);
}

#[test]
fn lines_that_a_transform_gives_back_keep_their_bytes() {
    let _alone = alone();
    for same in ["line", "'' + line", "line.split('').join('')", "(() => undefined)()"] {
        let script = offering(&format!("transform: (line) => {same}"));
        assert_eq!(script.worker().transform_batch(&HOSTILE).unwrap(), [const { None }; 9], "{same}");
    }
    let script = offering("transform: (line) => [line, '' + line]");
    let twice = HOSTILE.map(|line| Some([line, b"\n", line, b"\n"].concat()));
    assert_eq!(script.worker().transform_batch(&HOSTILE).unwrap(), twice);
    // Half a surrogate pair has no UTF-8.
    let script = offering("transform: (line) => '\\ud83d' + line");
    assert_eq!(script.worker().transform(b"a").unwrap().unwrap(), "\u{fffd}a\n".as_bytes());
}

#[test]
fn a_transform_returns_nothing_else() {
    let _alone = alone();
    for (returned, message) in [
        ("true", "transform must return a text, an array of them, null or undefined, not true"),
        ("5", "transform must return a text, an array of them, null or undefined, not the number 5"),
        ("({})", "transform must return a text, an array of them, null or undefined, not an object"),
        ("['a', 1]", "transform must return a text, an array of them, null or undefined, not the number 1"),
        ("[['a']]", "transform must return a text, an array of them, null or undefined, not an array"),
        ("new Array(4e9)", "transform must return a text, an array of them, null or undefined, not undefined"),
        ("'a\\nb'", "transform returned a newline inside a line; return an array for several lines"),
        ("['a', '\\n']", "transform returned a newline inside a line; return an array for several lines"),
    ] {
        let script = offering(&format!("transform: (line) => {returned}"));
        let error = script.worker().transform_batch(&[b"x", b"y"]).unwrap_err();
        assert_eq!(error, Fault(INTERNAL, format!("x.js:2:36: {message}"), Some(0)));
    }
}

#[test]
fn an_exporter_writes_what_its_functions_return() {
    let _alone = alone();
    let code = "\nlet n = 0; export default () => ({ exporter: {
        begin: () => '[', write: (lines) => lines.map((line) => `${n++}:${line};`).join(''), end: () => `${n}]` } });";
    let script = script(code).unwrap();
    assert_eq!(script.worker().export(&[b"a", b"\xff", b""]).unwrap(), "[0:a;1:\u{fffd};2:;3]");
    assert_eq!(offering("exporter: { write: () => 'x' }").worker().export(&[b"a", b"b"]).unwrap(), "x");
    for (exporter, message) in [
        ("write: () => 5", "write must return a text, not the number 5"),
        ("write: () => '', begin: () => {}", "begin must return a text, not undefined"),
        ("write: () => '', end: () => null", "end must return a text, not null"),
    ] {
        let error = offering(&format!("exporter: {{ {exporter} }}")).worker().export(&[b"a"]).unwrap_err();
        assert!(error.0 == INTERNAL && error.1.ends_with(message), "{error:?}");
    }
}

#[test]
fn lines_may_be_bytes() {
    let _alone = alone();
    let with = |object: &str| {
        let text = format!("{}\nexport default () => ({{ {object} }});", manifest(", \"lines\": \"bytes\""));
        Script::new(&[("x.js", &text)], "{}").unwrap()
    };
    let script = with("filter: (line) => line instanceof Uint8Array && line.includes(255)");
    assert_eq!(script.worker().match_batch(&[b"a\xff", b"a", b""]).unwrap(), [true, false, false]);
    let script = with("transform: (line) => line[0] === 97 ? line.map((b) => b ^ 128) : line[0] === 98 ? [line, line.subarray(1)] : line");
    let made = script.worker().transform_batch(&[b"a1", b"b2", b"\xff", b""]).unwrap();
    assert_eq!(made, [Some(b"\xe1\xb1\n".to_vec()), Some(b"b2\n2\n".to_vec()), None, None]);
    // The array is the script's own, so a change in place is a change.
    let script = with("transform: (line) => { line[0] = 120; return line }");
    assert_eq!(script.worker().transform(b"ab").unwrap().unwrap(), b"xb\n");
    let script = with("transform: (line) => 5");
    let message =
        "x.js:2:36: transform must return a Uint8Array, an array of them, null or undefined, not the number 5";
    assert_eq!(script.worker().transform(b"ab").unwrap_err().1, message);
    let script = with("transform: (line) => { line.buffer.transfer(); return line }");
    assert!(script.worker().transform(b"ab").unwrap_err().1.contains("must return a Uint8Array"));
}

#[test]
fn a_line_that_is_too_large_is_an_error() {
    let _alone = alone();
    let script = offering("filter: (line) => line.length > 5");
    let worker = script.worker();
    let long = vec![b'a'; 16 << 20];
    assert_eq!(worker.match_batch(&[b"a", &long, b"b"]).unwrap(), [false, true, false]);
    let longer = vec![b'a'; 65 << 20];
    let message = "x.js: out of memory: a script may use 64 MiB";
    assert_eq!(worker.match_batch(&[b"a", &longer]).unwrap_err(), Fault(INTERNAL, message.into(), Some(2)));
    assert_eq!(worker.match_batch(&[b"a"]).unwrap(), [false]);
}
