//! Modules that are written to do harm, or by mistake, through the C functions that the host calls.
#[path = "../../plughost/tests/support/mod.rs"]
#[allow(dead_code)]
mod host;

use crate::{NewPlugin, MAX_MEMORY};
use base64::prelude::{Engine as _, BASE64_STANDARD};
use plughost::abi::{self, status};
use plughost::Span;
use std::ffi::c_void;
use std::ptr::null;

/// The functions of a module that offers everything and does nothing. Its room is 64 KiB at 128 KiB.
const FUNCTIONS: [(&str, &str); 17] = [
    ("interface", "(result i32) (i32.const 1)"),
    ("room", "(param i32) (result i32) (i32.const 131072)"),
    ("error", "(result i32) (i32.const 1024)"),
    ("output", "(result i32) (i32.const 2048)"),
    ("context", "(param i32 i32 i64)"),
    ("init", "(param i32 i32) (result i32) (i32.const 0)"),
    ("offers", "(param i32) (result i32) (i32.const 0x30001)"),
    ("literal", "(param i32) (result i32) (i32.const 0)"),
    ("start", "(param i32) (result i32) (i32.const 0)"),
    ("run", "(result i32) (i32.const 0)"),
    ("match_batch", "(param i32 i32 i32 i32 i32 i32) (result i32) (i32.const 0)"),
    ("scan", "(param i32 i32 i32 i32 i32) (result i64) (i64.store (local.get 2) (i64.extend_i32_u (local.get 1))) (i64.const 0)"),
    ("spans", "(param i32 i32) (result i32) (i32.const 0)"),
    ("transform_batch", "(param i32 i32 i32 i32 i32 i32) (result i32) (i32.const 0)"),
    ("begin", "(result i32) (i32.const 0)"),
    ("write", "(param i32 i32 i32 i32 i32 i32 i32 i32 i32) (result i32) (i32.const 0)"),
    ("end", "(result i32) (i32.const 0)"),
];

const MEMORY: &str = "(memory (export \"memory\") 4)";

/// Returns the text of a module with other functions than `FUNCTIONS`, and with `rest` after its functions.
fn text(others: &[(&str, &str)], rest: &str) -> String {
    let functions = FUNCTIONS.iter().map(|&(name, body)| {
        let body = others.iter().find(|(other, _)| *other == name).map_or(body, |&(_, body)| body);
        format!("(func (export \"plughost_{name}\") {body})\n")
    });
    format!(
        "(module (import \"plughost\" \"log\" (func $log (param i32 i32 i32))) {} {rest})",
        functions.collect::<String>()
    )
}

/// What a call failed with.
#[derive(Debug, PartialEq, Eq)]
struct Fault(i32, String);

struct Plugin {
    plugin: *mut abi::Plugin,
    state: *mut c_void,
    // The plugin keeps its address.
    _host: Box<abi::Host>,
}

impl Plugin {
    fn of_bytes(module: &[u8]) -> Result<Self, Fault> {
        let base64 = BASE64_STANDARD.encode(module);
        let config = format!("{{\"module\":{{\"plugin\":\"x\",\"base64\":\"{base64}\"}},\"config\":{{}}}}");
        let mut made = Plugin { plugin: NewPlugin(), state: std::ptr::null_mut(), _host: Box::new(host::host()) };
        let mut error = host::error();
        // SAFETY: The instance is not destroyed, and every pointer lives for the call.
        let status = unsafe {
            (*made.plugin).init.unwrap()(made.plugin, &*made._host, host::bytes(config.as_bytes()), &mut error)
        };
        fault(status.into(), &error)?;
        // SAFETY: As above.
        made.state = unsafe { made.filter().state_new.unwrap()(made.plugin, &mut error) };
        match made.state.is_null() {
            true => Err(Fault(error.code, host::message(&error).into())),
            false => Ok(made),
        }
    }

    fn new(others: &[(&str, &str)]) -> Result<Self, Fault> {
        Self::of_bytes(&wat::parse_str(text(others, MEMORY)).unwrap())
    }

    fn extension<T>(&self, id: &std::ffi::CStr) -> &T {
        // SAFETY: The instance is not destroyed, and the struct of an id has the type that the callers name.
        unsafe { (*self.plugin).extension.unwrap()(self.plugin, id.as_ptr()).cast::<T>().as_ref() }.unwrap()
    }

    fn filter(&self) -> &abi::Filter {
        self.extension(abi::FILTER_ID)
    }

    fn run(&self) -> Result<Vec<u8>, Fault> {
        let (mut out, mut error) = (Vec::new(), host::error());
        let mut sink = host::sink(&mut out);
        // SAFETY: The instance is not destroyed, and every pointer lives for the call.
        let status = unsafe { (*self.plugin).run.unwrap()(self.plugin, &host::ctx(), &mut sink, &mut error) };
        fault(status.into(), &error).map(|_| out)
    }

    fn scan(&self, block: &[u8]) -> Result<i64, Fault> {
        let (mut cursor, mut spans, mut error) = (0, [Span { offset: 0, length: 0 }; 8], host::error());
        // SAFETY: As above, and of the state.
        let found = unsafe {
            self.filter().scan.unwrap()(
                self.plugin,
                self.state,
                &host::ctx(),
                host::bytes(block),
                &mut cursor,
                spans.as_mut_ptr(),
                8,
                &mut error,
            )
        };
        fault(found, &error)
    }

    fn match_batch(&self) -> Result<i64, Fault> {
        let (mut keep, mut error) = (0, host::error());
        let (block, spans) = (b"a\nb\n", [Span { offset: 0, length: 1 }, Span { offset: 2, length: 1 }]);
        // SAFETY: As above.
        let status = unsafe {
            let lines = lines(block, &spans);
            let call = self.filter().match_batch.unwrap();
            call(self.plugin, self.state, &host::ctx(), &lines, &mut keep, &mut error)
        };
        fault(status.into(), &error).map(|_| keep as i64)
    }

    fn transform(&self) -> Result<Vec<u8>, Fault> {
        let (mut out, mut lengths, mut error) = (Vec::new(), [abi::TRANSFORM_SAME; 2], host::error());
        let (block, spans) = (b"a\nb\n", [Span { offset: 0, length: 1 }, Span { offset: 2, length: 1 }]);
        let mut sink = host::sink(&mut out);
        // SAFETY: As above. The states of all kinds have one type.
        let status = unsafe {
            let lines = lines(block, &spans);
            let call = self.extension::<abi::Transform>(abi::TRANSFORM_ID).transform_batch.unwrap();
            call(self.plugin, self.state, &host::ctx(), &lines, lengths.as_mut_ptr(), &mut sink, &mut error)
        };
        fault(status.into(), &error).map(|_| out)
    }
}

impl Drop for Plugin {
    fn drop(&mut self) {
        // SAFETY: Neither was freed before, and nothing uses them afterwards.
        unsafe {
            if !self.state.is_null() {
                self.filter().state_free.unwrap()(self.plugin, self.state);
            }
            (*self.plugin).destroy.unwrap()(self.plugin);
        }
    }
}

fn lines(block: &[u8], spans: &[Span]) -> abi::Lines {
    abi::Lines {
        size: size_of::<abi::Lines>() as u32,
        count: spans.len() as u32,
        spans: spans.as_ptr(),
        block: host::bytes(block),
        block_offset: 100,
        input: 0,
        reserved: 0,
        origins: null(),
        numbers: null(),
        input_name: null(),
    }
}

fn fault(status: i64, error: &abi::Error) -> Result<i64, Fault> {
    match status {
        0.. => Ok(status),
        _ => Err(Fault(error.code, host::message(error).into())),
    }
}

fn refused(others: &[(&str, &str)]) -> Fault {
    Plugin::new(others).err().unwrap()
}

fn panic(message: &str) -> Fault {
    Fault(status::PANIC, message.into())
}

const STOPPED: &str = "it was stopped after 100 million instructions in one call";

#[test]
fn a_module_that_does_nothing_does_nothing() {
    let plugin = Plugin::new(&[]).unwrap();
    assert_eq!(plugin.run(), Ok(vec![]));
    assert_eq!(plugin.scan(b"a\nb"), Ok(0));
    assert_eq!(plugin.match_batch(), Ok(0));
    assert_eq!(plugin.transform(), Ok(vec![]));
}

#[test]
fn what_is_no_module_of_a_plugin_is_refused() {
    let whole = wat::parse_str(text(&[], MEMORY)).unwrap();
    let of = |bytes: &[u8]| Plugin::of_bytes(bytes).err().unwrap();
    let with = |rest: &str| of(&wat::parse_str(text(&[], rest)).unwrap());
    let more = |rest: &str| with(&format!("{MEMORY} {rest}"));
    let refusals = [
        (of(b""), "unexpected end"),
        (of(b"\x7fELF0000"), "magic header"),
        (of(&whole[..whole.len() / 2]), "unexpected end"),
        (with("(memory 4)"), "it exports no memory"),
        (with("(memory (export \"memory\") 65536)"), "memory"),
        (more("(table 10000000 funcref)"), "table"),
        (more("(memory 1)"), "multiple memories"),
        (of(&wat::parse_str("(module (memory (export \"memory\") 1))").unwrap()), "plughost_interface"),
        (
            of(&wat::parse_str("(module (import \"wasi\" \"exit\" (func)))").unwrap()),
            "it imports \"wasi\" \"exit\", and",
        ),
        (of(&wat::parse_str("(module (import \"plughost\" \"log\" (func)))").unwrap()), "types"),
        (refused(&[("interface", "(result i32) (i32.const 2)")]), "version 2 of the interface"),
        (refused(&[("run", "(result i64) (i64.const 0)")]), "plughost_run"),
    ];
    for (Fault(code, message), reason) in refusals {
        assert_eq!(code, status::ABI, "{message}");
        assert!(message.contains(reason), "{message} says nothing of {reason}");
    }
}

#[test]
fn what_begins_and_does_not_end_is_stopped() {
    let forever = |before: &str| format!("{before} (loop $l (br $l)) unreachable");
    assert_eq!(refused(&[("init", &forever("(param i32 i32) (result i32)"))]), panic(STOPPED));
    let start = text(&[], &format!("{MEMORY} (func $s (loop $l (br $l))) (start $s)"));
    assert_eq!(Plugin::of_bytes(&wat::parse_str(start).unwrap()).err(), Some(panic(STOPPED)));
    // One instruction that writes much counts as much.
    let fill =
        "(result i32) (loop $l (memory.fill (i32.const 0) (i32.const 0) (i32.const 262144)) (br $l)) unreachable";
    let grow = "(result i32) (loop $l (drop (memory.grow (i32.const 1))) (br $l)) unreachable";
    let log = "(result i32) (loop $l (call $log (i32.const 0) (i32.const 0) (i32.const 262144)) (br $l)) unreachable";
    for run in [forever("(result i32)").as_str(), fill, grow, log] {
        assert_eq!(Plugin::new(&[("run", run)]).unwrap().run(), Err(panic(STOPPED)), "{run}");
    }
}

#[test]
fn memory_ends_at_its_limit() {
    // Writes how many pages there are at last.
    let run = "(result i32) (loop $l (br_if $l (i32.ne (memory.grow (i32.const 1)) (i32.const -1))))
        (i32.store (i32.const 0) (memory.size)) (i32.store (i32.const 2048) (i32.const 0))
        (i32.store (i32.const 2052) (i32.const 4)) (i32.const 0)";
    let pages = (MAX_MEMORY as u32 / 65_536).to_le_bytes().to_vec();
    assert_eq!(Plugin::new(&[("run", run)]).unwrap().run(), Ok(pages));
}

#[test]
fn a_trap_is_an_error_and_only_of_its_instance() {
    let traps = [
        ("unreachable", "it trapped: wasm `unreachable` instruction executed"),
        ("(i32.load (i32.const 4000000000))", "it trapped: out of bounds memory access"),
        ("(i32.div_u (i32.const 1) (i32.const 0))", "it trapped: integer divide by zero"),
        ("(call $deep (i32.const 0))", "it trapped: its calls are nested too deep"),
        (
            "(call $log (i32.const 0) (i32.const 4000000000) (i32.const 1)) (i32.const 0)",
            "it logs a text outside of its memory",
        ),
    ];
    for (body, reason) in traps {
        let deep = "(func $deep (param i32) (result i32) (i32.add (i32.const 1) (call $deep (local.get 0))))";
        let module = text(&[("run", &format!("(result i32) {body}"))], &format!("{MEMORY} {deep}"));
        let plugin = Plugin::of_bytes(&wat::parse_str(module).unwrap()).unwrap();
        let failed = plugin.run();
        // The state of the filter is another instance.
        let other = plugin.match_batch();
        // The SDK reports panics, such as those of tests, to the host of a plugin.
        drop(plugin);
        assert_eq!(other, Ok(0));
        let Fault(code, message) = failed.unwrap_err();
        assert_eq!(code, status::PANIC);
        assert!(message.contains(reason), "{message}");
    }
}

#[test]
fn answers_outside_of_the_memory_are_refused() {
    let outside = panic("it answered with an address outside of its memory");
    let far = "(result i32) (i32.const -8)";
    assert_eq!(Plugin::new(&[("output", far)]).unwrap().run(), Err(outside.clone_of()));
    let failing = "(result i32) (i32.const -9)";
    assert_eq!(Plugin::new(&[("error", far), ("run", failing)]).unwrap().run(), Err(outside.clone_of()));
    assert_eq!(refused(&[("room", "(param i32) (result i32) (i32.const -8)")]), outside);
    let none = refused(&[("room", "(param i32) (result i32) (i32.const 0)")]);
    assert_eq!(none, Fault(status::NOMEM, "its memory has no room for 65536 bytes".into()));
    // An output that begins inside and ends outside; a message that is longer than an error has room for.
    let long = "(result i32) (i32.store (i32.const 2052) (i32.const 262145)) (i32.const 0)";
    assert_eq!(Plugin::new(&[("run", long)]).unwrap().run(), Err(outside));
    let message = "(result i32) (i32.store (i32.const 1040) (i32.const 493)) (i32.const -9)";
    assert_eq!(Plugin::new(&[("run", message)]).unwrap().run(), Err(panic("the message of its error has 493 bytes")));
}

impl Fault {
    fn clone_of(&self) -> Self {
        Fault(self.0, self.1.clone())
    }
}

#[test]
fn answers_that_break_the_contract_are_refused() {
    let scan = |body: &str| {
        let function = format!("(param i32 i32 i32 i32 i32) (result i64) {body}");
        Plugin::new(&[("scan", &function)]).unwrap().scan(b"a\nb\n")
    };
    // Moves the cursor, and gives a span.
    let cursor = |to: i32| format!("(i64.store (local.get 2) (i64.const {to}))");
    let span = |i: i32, offset: i32, length: i32| {
        format!("(i32.store offset={} (local.get 3) (i32.const {offset})) (i32.store offset={} (local.get 3) (i32.const {length}))", 8 * i, 8 * i + 4)
    };
    let moved = "scan moved its cursor backwards, not at all, or out of the block";
    assert_eq!(scan("(i64.const 0)"), Err(panic(moved)));
    assert_eq!(scan(&format!("{} (i64.const 0)", cursor(5))), Err(panic(moved)));
    assert_eq!(scan(&format!("{} (i64.const 0)", cursor(-1))), Err(panic(moved)));
    let many = "scan returned more spans than there was room for";
    assert_eq!(scan(&format!("{} (i64.const 9)", cursor(4))), Err(panic(many)));
    let wrong = "scan gave spans that overlap, do not ascend, or lie beyond its cursor";
    for spans in [span(0, 2, 3), span(0, -1, 1), span(0, 1, -1)] {
        assert_eq!(scan(&format!("{} {spans} (i64.const 1)", cursor(4))), Err(panic(wrong)), "{spans}");
    }
    let twice = format!("{} {} {} (i64.const 2)", cursor(4), span(0, 0, 3), span(1, 2, 1));
    assert_eq!(scan(&twice), Err(panic(wrong)));
    assert_eq!(scan(&format!("{} {} (i64.const 1)", cursor(4), span(0, 2, 1))), Ok(1));
    assert_eq!(scan("(i64.const -9)"), Err(Fault(status::INTERNAL, String::new())));

    let batch = "(param i32 i32 i32 i32 i32 i32) (result i32)";
    let keeping = |bits: u32| {
        Plugin::new(&[("match_batch", &format!("{batch} (i64.store (local.get 5) (i64.const {bits})) (i32.const 0)"))])
            .unwrap()
            .match_batch()
    };
    assert_eq!(keeping(2), Ok(2));
    assert_eq!(keeping(4), Err(panic("match_batch kept a line that it did not get")));
    let one = format!("{batch} (i32.const 1)");
    let neither = "match_batch returned 1, which is neither success nor an error";
    assert_eq!(Plugin::new(&[("match_batch", &one)]).unwrap().match_batch(), Err(panic(neither)));

    // Says that the first line changes, and writes so many bytes of what stands at address 0.
    let transform = |length: i32, wrote: i32, text: &str| {
        let body = format!(
            "{batch} (i32.store (local.get 5) (i32.const {length})) (i32.store (i32.const 2048) (i32.const 0))
             (i32.store (i32.const 2052) (i32.const {wrote})) (i32.const 0)"
        );
        let module = text_of(&body, text);
        Plugin::of_bytes(&module).unwrap().transform()
    };
    assert_eq!(transform(2, 2, "x\\0a"), Ok(b"x\n".to_vec()));
    assert_eq!(transform(4, 4, "x\\0ay\\0a"), Ok(b"x\ny\n".to_vec()));
    assert_eq!(transform(0, 0, ""), Ok(vec![]));
    assert_eq!(transform(2, 2, "xy"), Err(panic("transform wrote a line without its newline")));
    assert_eq!(transform(2, 1, "\\0a\\0a"), Err(panic("transform wrote less than its lengths say")));
    assert_eq!(transform(1, 2, "\\0a\\0a"), Err(panic("transform wrote more than its lengths say")));
}

fn text_of(transform: &str, data: &str) -> Vec<u8> {
    let rest = format!("{MEMORY} (data (i32.const 0) \"{data}\")");
    wat::parse_str(text(&[("transform_batch", transform)], &rest)).unwrap()
}

#[test]
fn what_was_stopped_is_not_called_again() {
    let body = "(param i32 i32 i32 i32 i32 i32) (result i32) unreachable";
    let plugin = Plugin::new(&[("match_batch", body)]).unwrap();
    assert!(plugin.match_batch().is_err());
    assert_eq!(plugin.match_batch(), Err(panic("it was stopped in an earlier call")));
}
