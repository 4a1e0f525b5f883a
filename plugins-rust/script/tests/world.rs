//! What a script sees of the world: the language, its options, and the log.
mod support;

use plughost::abi::status::CANCELLED;
use std::sync::atomic::Ordering::SeqCst;
use std::thread;
use support::*;

#[test]
fn a_script_has_the_language_and_nothing_else() {
    let _alone = alone();
    let script = offering("run: () => Object.getOwnPropertyNames(globalThis).sort().join(' ')");
    let expected = "AggregateError Array ArrayBuffer AsyncDisposableStack Atomics BigInt BigInt64Array BigUint64Array Boolean \
        DataView Date DisposableStack Error EvalError Float16Array Float32Array Float64Array Function Infinity Int16Array \
        Int32Array Int8Array InternalError Iterator JSON Map Math NaN Number Object Promise Proxy RangeError \
        ReferenceError Reflect RegExp Set SharedArrayBuffer String SuppressedError Symbol SyntaxError TypeError \
        URIError Uint16Array Uint32Array Uint8Array Uint8ClampedArray WeakMap WeakSet decodeURI decodeURIComponent \
        encodeURI encodeURIComponent escape eval globalThis isFinite isNaN parseFloat parseInt queueMicrotask undefined \
        unescape";
    assert_eq!(script.run().unwrap(), expected);
    let error = offering("run: () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)").run().unwrap_err();
    assert_eq!(error.1, "x.js:2:68: cannot block in this thread");
}

#[test]
fn random_numbers_and_the_time_zone_are_the_same_everywhere() {
    let _alone = alone();
    // The C library would read this once a process, so set it before the first date.
    std::env::set_var("TZ", "America/New_York");
    let script = offering("run: () => `${new Date(2024, 6, 1, 12).toString()} ${Math.random()} ${Math.random()}`");
    let expected = "Mon Jul 01 2024 12:00:00 GMT+0000 0.3588899802416563 0.";
    assert!(script.run().unwrap().starts_with(expected), "{}", script.run().unwrap());
    assert_eq!(offering("run: () => String(Math.random())").run().unwrap(), "0.3588899802416563");
}

#[test]
fn a_script_gets_its_options_and_logs() {
    let _alone = alone();
    LOGGED.lock().unwrap().clear();
    let text = format!(
        "{}\nexport default (config, host) => {{ host.log('made'); return {{ filter(line) {{ host.log('warning', line); return true }}, run: () => JSON.stringify(config) }} }}",
        manifest(", \"description\": \"d\"")
    );
    let script = Script::new(&[("x.js", &text)], r#"{"ms":5,"a":["ü",null]}"#).unwrap();
    assert_eq!(script.name(), "x");
    assert_eq!(script.run().unwrap(), r#"{"ms":5,"a":["ü",null]}"#);
    script.worker().match_batch(&[b"seen"]).unwrap();
    // The interpreter of the worker was made silently.
    assert_eq!(*LOGGED.lock().unwrap(), ["1 made", "2 seen"]);
    for (call, what) in [
        ("host.log()", "0 values"),
        ("host.log(5)", "the number 5"),
        ("host.log('loud', 'x')", "the text \"loud\""),
        ("host.log('info', {})", "an object"),
    ] {
        let code = format!("\nexport default (config, host) => ({{ run: () => {call} }});");
        let error = support::script(&code).unwrap().run().unwrap_err();
        assert!(error.1.ends_with(&format!("host.log takes a level and a text, not {what}")), "{}", error.1);
    }
}

#[test]
fn run_returns_a_text_and_else_the_description_is_shown() {
    let _alone = alone();
    let error = offering("run: () => 5").run().unwrap_err();
    assert_eq!(error.1, "x.js:2:30: run must return a text, not the number 5");
    let text =
        format!("{} export default () => ({{ filter: () => true }});", manifest(", \"description\": \"Keeps all\""));
    assert_eq!(Script::new(&[("x.js", &text)], "{}").unwrap().run().unwrap(), "Keeps all");
}

#[test]
fn methods_have_their_object() {
    let _alone = alone();
    let script = offering("n: 1, filter() { return this === undefined }".replace("n: 1, ", "").as_str());
    assert_eq!(script.worker().match_batch(&[b"a"]).unwrap(), [false]);
    let code = "\nclass Filter { text = 'b'; filter(line) { return line === this.text } run() { return this.text } }";
    let error = support::script(&format!("{code}\nexport default () => new Filter();")).err().unwrap();
    assert_eq!(
        error,
        "x.js: what its default export returns has \"text\", and may have filter, transform, exporter, rowFilter, aggregator, run"
    );
    let private = code.replace("text", "#text");
    let script = support::script(&format!("{private}\nexport default () => new Filter();")).unwrap();
    assert_eq!(script.worker().match_batch(&[b"a", b"b"]).unwrap(), [false, true]);
}

#[test]
fn the_host_cancels_a_loop() {
    let _alone = alone();
    let script = offering("filter: (line) => { while (line !== 'a'); return true }, run: () => { for (;;); }");
    let worker = script.worker();
    thread::scope(|scope| {
        CANCEL.store(0, SeqCst);
        scope.spawn(|| {
            thread::sleep(std::time::Duration::from_millis(20));
            CANCEL.store(1, SeqCst);
        });
        assert_eq!(worker.match_batch(&[b"a", b"b"]).unwrap_err().0, CANCELLED);
    });
    assert_eq!(script.run().unwrap_err().0, CANCELLED);
    CANCEL.store(0, SeqCst);
    assert_eq!(worker.match_batch(&[b"a"]).unwrap(), [true]);
}

#[test]
fn a_worker_may_move_between_threads() {
    let _alone = alone();
    struct Moved<T>(T);
    // SAFETY: The SDK requires of a state that it may move, and the test uses it on one thread at a time.
    unsafe impl<T> Send for Moved<T> {}
    let script = offering("filter: (line) => { const f = (n) => n === 0 || f(n - 1); return f(10) }");
    let mut worker = Moved(script.worker());
    for _ in 0..3 {
        worker = thread::scope(|scope| {
            let used = scope.spawn(move || {
                let worker = worker;
                assert_eq!(worker.0.match_batch(&[b"a"]).unwrap(), [true]);
                worker
            });
            used.join().unwrap()
        });
    }
}
