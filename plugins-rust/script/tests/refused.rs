//! Scripts that `init` refuses, with the place and the reason.
mod support;

use support::*;

#[test]
fn a_script_that_cannot_be_used_is_refused_with_its_place() {
    let _alone = alone();
    let main = |code: &str| Script::new(&[("x.js", &format!("{}\n{code}", manifest("")))], "{}").err().unwrap();
    let returning = |object: &str| main(&format!("export default () => ({object});"));
    let refused = [
        (main("export default (\n  let = 1 }"), "x.js:3:3: unexpected token in expression: 'let'"),
        (main("throw new Error('no ms')"), "x.js:2:11: no ms"),
        (main("export default ({ ms }) => { throw new RangeError(`no ${ms}`) }"), "x.js:2:57: no undefined"),
        (main("throw 'text'"), "x.js: it threw the text \"text\""),
        (main("throw { a: 1 }"), "x.js: it threw an object"),
        (main("throw null"), "x.js: it threw null"),
        (main("await new Promise(() => {});"), "x.js: its top level awaits what never comes"),
        (main("queueMicrotask(() => queueMicrotask(() => {})); export default () => ({ run: () => '' })"), "x.js: it started asynchronous work, such as a promise, and nothing waits for that"),
        (main("const a = []; for (;;) a.push(new Uint8Array(1e6))"), "x.js:2:35: out of memory: a script may use 64 MiB"),
        (main("const f = () => f() + 1; f()"), "x.js:2:17: Maximum call stack size exceeded"),
        (main(""), "x.js: its default export must be a function (config, host) => ({ … }), not undefined"),
        (main("export default 5"), "x.js: its default export must be a function (config, host) => ({ … }), not the number 5"),
        (main("export default {}"), "x.js: its default export must be a function (config, host) => ({ … }), not an object"),
        (main("export const literal = ['x']; export default () => ({ filter: () => true })"), "x.js: it exports \"literal\"; the main file of a script exports its default function, and literals"),
        (returning("{}"), "x.js: it offers nothing: no filter, transform, exporter, rowFilter, aggregator or run"),
        (returning("{ filters: () => true }"), "x.js: what its default export returns has \"filters\", and may have filter, transform, exporter, rowFilter, aggregator, run"),
        (returning("{ filter: true }"), "x.js: its filter must be a function, not true"),
        (returning("[]"), "x.js: what its default export returns must be an object of functions, not an array"),
        (returning("undefined"), "x.js: what its default export returns must be an object of functions, not undefined"),
        (main("export default async () => ({ filter: () => true })"), "x.js: what its default export returns must be an object of functions, not a Promise, and nothing waits for one"),
        (returning("{ exporter: () => '' }"), "x.js: its exporter must be an object of functions, not a function"),
        (returning("{ exporter: { begin() {} } }"), "x.js: its exporter has no function write"),
        (returning("{ exporter: { write() {}, finish() {} } }"), "x.js: its exporter has \"finish\", and may have begin, write, end"),
    ];
    let (messages, expected): (Vec<_>, Vec<_>) = refused.into_iter().unzip();
    assert_eq!(messages, expected);
}

#[test]
fn literals_are_checked() {
    let _alone = alone();
    let with = |literals: &str, object: &str| {
        let code = format!("export const literals = {literals}; export default () => ({{ {object} }});");
        script(&code).err()
    };
    let filter = "filter: () => true";
    assert_eq!(with("['took ', 'ä']", filter), None);
    assert_eq!(with("undefined", filter), None);
    for (literals, reason) in [
        ("'took '", "they are the text \"took \""),
        ("Array(17).fill('x')", "there are 17"),
        ("[1]", "one is the number 1"),
        ("['']", "one is empty"),
        ("['x'.repeat(1025)]", "one is longer than 1024 bytes"),
        ("['a\\n']", "one has a newline, which no line has"),
        ("['\\ud800']", "one has half a surrogate pair"),
        ("['\\ufffd']", "one has the character U+FFFD, which stands for other bytes"),
    ] {
        let expected = format!("x.js: its literals must be an array of at most 16 texts: {reason}");
        assert_eq!(with(literals, filter), Some(expected));
    }
    let expected = "x.js: it exports literals, which help a filter, and it has none";
    assert_eq!(with("['x']", "run: () => ''").as_deref(), Some(expected));
}

#[test]
fn what_a_script_offers_is_what_its_manifest_promises() {
    let _alone = alone();
    let with = |extensions: &str, object: &str| {
        let text =
            format!("{} export default () => ({{ {object} }});", manifest(&format!(", \"extensions\": {extensions}")));
        Script::new(&[("x.js", &text)], "{}").err()
    };
    assert_eq!(with("[\"plug.filter/1\"]", "filter: () => true"), None);
    let lacks = "x.js: it offers plug.transform/1, and the extensions of its manifest lack that";
    assert_eq!(with("[\"plug.filter/1\"]", "filter: () => true, transform: () => {}").as_deref(), Some(lacks));
    let promises = "x.js: its manifest promises plug.filter/1, and it does not offer that";
    assert_eq!(with("[\"plug.filter/1\"]", "run: () => ''").as_deref(), Some(promises));
}

#[test]
fn only_files_that_were_given_are_imported() {
    let _alone = alone();
    let load = |imports: &str| {
        let main = format!("{}\n{imports}\nexport default () => ({{ run: () => String(x) }});", manifest(""));
        let files: [(&str, &str); 5] = [
            ("x.js", &main),
            ("lib/a.js", "import { b } from './b.js'; export const x = b + 1;"),
            ("lib/b.js", "export * from '../c.mjs'; export const b = 41;"),
            ("c.mjs", "export const c = 1;"),
            ("bad.js", "export const x =\n  ];"),
        ];
        Script::new(&files, "{}").map(|script| script.run().unwrap())
    };
    assert_eq!(load("import { x } from './lib/a.js';"), Ok("42".into()));
    assert_eq!(load("import { b as x } from './lib/../lib/b.js';"), Ok("41".into()));
    assert_eq!(load("const { x } = await import('./lib/a.js');"), Ok("42".into()));
    let refused = [
        ("import { x } from './gone.js';", "x.js: x.js cannot import \"./gone.js\": there is no such file"),
        ("import { x } from './lib/a';", "x.js: x.js cannot import \"./lib/a\": there is no such file"),
        ("import { x } from 'fs';", "x.js: x.js cannot import \"fs\": a script imports its own files alone, by paths that begin with ./ or ../"),
        ("import { x } from '../x.js';", "x.js: x.js cannot import \"../x.js\": that is outside the folder of the script"),
        ("import x from './c.mjs' with { type: 'json' };", "x.js: x.js cannot import \"./c.mjs\": an import has no attributes here"),
        ("const { x } = await import('os');", "x.js: x.js cannot import \"os\": a script imports its own files alone, by paths that begin with ./ or ../"),
        ("import { y as x } from './c.mjs';", "x.js: Could not find export 'y' in module 'c.mjs'"),
        ("import { x } from './bad.js';", "bad.js:2:3: unexpected token in expression: ']'"),
        ("const x = await eval('import(\"/etc/passwd\")');", "x.js: <input> cannot import \"/etc/passwd\": a script imports its own files alone, by paths that begin with ./ or ../"),
    ];
    for (imports, expected) in refused {
        assert_eq!(load(imports).unwrap_err(), expected, "{imports}");
    }
}

#[test]
fn a_config_that_is_not_from_the_host_is_refused() {
    let _alone = alone();
    let error = Script::new(&[], "{}").err().unwrap();
    assert_eq!(error, "the module has no file");
    let error = Script::new(&[("x.js", "export default 1")], "{}").err().unwrap();
    assert_eq!(error, "x.js:1:1: the first comment must hold the manifest: /* plughost { \"id\": …, … } */");
    let error = Script::new(&[("x.js", &format!("{}\0", manifest("")))], "{}").err().unwrap();
    assert_eq!(error, "x.js: a file of it holds a NUL byte");
}
