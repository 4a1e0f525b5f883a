//! The C entries of a plugin, called as a host calls them.
mod support;

use plughost::abi::{self, status};
use plughost::{
    Changes, Context, Error, Filter, Found, Host, Keep, Level, Lines, Output, Places, Plugin, Sink, Span, Transform,
};
use std::ffi::CStr;
use std::ptr::{null, null_mut};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::Mutex;
use support::{bytes, ctx, error, host, message, sink, CANCEL, LOGGED};

/// Does what the config says, and counts its drops.
struct Probe {
    config: String,
    host: Host,
}

static DROPS: AtomicU32 = AtomicU32::new(0);

impl Drop for Probe {
    fn drop(&mut self) {
        DROPS.fetch_add(1, Ordering::SeqCst);
    }
}

impl Plugin for Probe {
    const NAME: &'static CStr = c"Probe";

    fn new(config: &[u8], host: Host) -> Result<Self, Error> {
        let config = String::from_utf8(config.to_vec()).map_err(|_| Error::config("not UTF-8"))?;
        match config.as_str() {
            "refuse" => Err(Error::config("refused: ü".repeat(100)).at(7)),
            "panic" => panic!("new gave up"),
            _ => Ok(Probe { config, host }),
        }
    }

    fn run(&self, ctx: &Context, out: &mut Sink) -> Result<(), Error> {
        if self.config == "panic in run" {
            panic!("run gave up: {}", 42);
        }
        if ctx.cancelled() {
            return Err(Error::cancelled());
        }
        self.host.log(Level::Info, "ran");
        out.put(format!("{} on worker {}", self.config, ctx.worker()))
    }
}

impl Filter for Probe {
    type State = Vec<u8>;
    const BATCH: bool = true;
    const SPANS: bool = true;

    fn state(&self) -> Result<Vec<u8>, Error> {
        Ok(Vec::new())
    }

    fn matches(&self, state: &mut Vec<u8>, line: &[u8]) -> Result<bool, Error> {
        if line == b"panic" {
            panic!("a line");
        }
        state.extend_from_slice(line);
        Ok(line.len() % 2 == 0)
    }

    fn match_batch(&self, state: &mut Vec<u8>, _: &Context, lines: &Lines, keep: &mut Keep) -> Result<(), Error> {
        for (i, line) in lines.iter().enumerate() {
            if self.matches(state, line)? {
                keep.keep(i);
            }
        }
        Ok(())
    }

    fn literal(&self, index: usize) -> Option<&[u8]> {
        [self.config.as_bytes(), b"other"].get(index).copied()
    }

    fn scan(&self, _: &mut Vec<u8>, _: &Context, _: &[u8], _: &mut Found) -> Result<(), Error> {
        unreachable!("SCAN is false, so the host is not told of it")
    }

    /// Each digit.
    fn spans(&self, _: &mut Vec<u8>, ctx: &Context, line: &[u8], places: &mut Places) -> Result<(), Error> {
        if ctx.cancelled() {
            return Err(Error::cancelled());
        }
        if line == b"backwards" {
            return places.add(2, 1);
        }
        let mut digits = line.iter().enumerate().filter(|(_, byte)| byte.is_ascii_digit());
        digits.try_for_each(|(i, _)| places.add(i, i + 1))
    }
}

impl Transform for Probe {
    type State = u32;

    fn state(&self) -> Result<u32, Error> {
        Ok(0)
    }

    fn transform(&self, changed: &mut u32, line: &[u8], out: &mut Output) -> Result<(), Error> {
        *changed += 1;
        match line {
            b"keep" => *changed -= 1,
            b"drop" => out.drop_line(),
            b"fail" => return Err(Error::internal("the line says so")),
            b"panic" => panic!("a line"),
            _ => {
                out.put_parts(&[b"<", line, b">"])?;
                out.put_line(format!("{changed}"))?;
            }
        }
        Ok(())
    }

    fn transform_batch(
        &self,
        state: &mut u32,
        ctx: &Context,
        lines: &Lines,
        changes: &mut Changes,
    ) -> Result<(), Error> {
        if lines.iter().next() == Some(b"backwards") {
            changes.of(1).drop_line();
            changes.of(0).drop_line();
        }
        if lines.iter().next() == Some(b"offsets") {
            for i in 0..lines.spans().len() {
                changes.of(i).put_line(lines.offset(i).to_string())?;
            }
            return Ok(());
        }
        if ctx.cancelled() {
            return Err(Error::cancelled());
        }
        for (i, line) in lines.iter().enumerate().filter(|(_, line)| *line != b"keep") {
            self.transform(state, line, &mut changes.of(i))?;
        }
        Ok(())
    }
}

plughost::export!(Probe: Filter + Transform, { "id": "org.plughost.test.probe", "name": "probe", "version": "0.1.0" });

struct Instance(*mut abi::Plugin);

impl Instance {
    fn new() -> Self {
        Instance(NewPlugin())
    }
    fn init(&self, host: &abi::Host, config: &str, error: &mut abi::Error) -> i32 {
        unsafe { (*self.0).init.unwrap()(self.0, host, bytes(config.as_bytes()), error) }
    }
    fn run(&self, out: &mut Vec<u8>, error: &mut abi::Error) -> i32 {
        let mut sink = sink(out);
        unsafe { (*self.0).run.unwrap()(self.0, &ctx(), &mut sink, error) }
    }
    fn filter(&self) -> &abi::Filter {
        unsafe { &*(*self.0).extension.unwrap()(self.0, abi::FILTER_ID.as_ptr()).cast::<abi::Filter>() }
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        unsafe { (*self.0).destroy.unwrap()(self.0) }
    }
}

/// The drop counter and the log are shared, so the tests that read them do not overlap.
static SERIAL: Mutex<()> = Mutex::new(());

fn alone() -> impl Drop {
    SERIAL.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

/// The message says where in this file the plugin panicked, and with what words.
fn assert_panicked(error: &abi::Error, words: &str) {
    let message = message(error);
    let place = message.strip_prefix("the plugin panicked at ").and_then(|rest| rest.strip_suffix(words));
    let (file, line) = place.and_then(|place| place.trim_end_matches(": ").rsplit_once(':')).expect(message);
    assert!(file.ends_with("guard.rs") && line.parse::<u32>().is_ok(), "{message}");
}

#[test]
fn a_plugin_runs_between_init_and_destroy() {
    let _alone = alone();
    let (host, mut error, mut out) = (host(), error(), Vec::new());
    let before = DROPS.load(Ordering::SeqCst);
    let plugin = Instance::new();
    assert_eq!(unsafe { CStr::from_ptr((*plugin.0).name.unwrap()(plugin.0)) }, c"Probe");
    assert_eq!(plugin.init(&host, "fine", &mut error), status::OK);
    assert_eq!(plugin.run(&mut out, &mut error), status::OK);
    assert_eq!(out, b"fine on worker 3");
    assert_eq!(LOGGED.lock().unwrap().last().unwrap(), "1 ran");
    drop(plugin);
    assert_eq!(DROPS.load(Ordering::SeqCst), before + 1);
}

#[test]
fn calls_before_init_and_a_second_init_are_refused() {
    let _alone = alone();
    let (host, mut error) = (host(), error());
    let plugin = Instance::new();
    assert_eq!(plugin.run(&mut Vec::new(), &mut error), status::INVALID);
    assert_eq!(message(&error), "the plugin was called before init, or although init failed");
    assert_eq!(plugin.init(&host, "fine", &mut error), status::OK);
    assert_eq!(plugin.init(&host, "fine", &mut error), status::INVALID);
    assert_eq!(message(&error), "init was called twice");
}

#[test]
fn an_error_of_new_reaches_the_host_cut_at_a_character() {
    let _alone = alone();
    let (host, mut error) = (host(), error());
    let plugin = Instance::new();
    assert_eq!(plugin.init(&host, "refuse", &mut error), status::CONFIG);
    assert_eq!((error.code, error.offset), (status::CONFIG, 7));
    assert!(message(&error).starts_with("refused: ürefused: ü"));
    assert!(message(&error).len() > abi::ERROR_MESSAGE_MAX - 2);
    assert_eq!(plugin.run(&mut Vec::new(), &mut error), status::INVALID);
}

#[test]
fn a_panic_becomes_an_error_and_only_destroy_is_taken_after_it() {
    let _alone = alone();
    let (host, mut error) = (host(), error());
    let plugin = Instance::new();
    assert_eq!(plugin.init(&host, "panic in run", &mut error), status::OK);
    assert_eq!(plugin.run(&mut Vec::new(), &mut error), status::PANIC);
    assert_panicked(&error, "run gave up: 42");
    assert_eq!(plugin.run(&mut Vec::new(), &mut error), status::PANIC);
    assert_eq!(message(&error), "the plugin panicked in an earlier call");

    let broken = Instance::new();
    assert_eq!(broken.init(&host, "panic", &mut error), status::PANIC);
    assert_panicked(&error, "new gave up");
}

#[test]
fn a_panic_of_one_line_poisons_every_shape() {
    let _alone = alone();
    let (host, mut error) = (host(), error());
    let plugin = Instance::new();
    plugin.init(&host, "fine", &mut error);
    let filter = plugin.filter();
    unsafe {
        let state = filter.state_new.unwrap()(plugin.0, &mut error);
        let line = |text: &[u8]| filter.match_.unwrap()(plugin.0, state, text.as_ptr(), text.len() as u64);
        assert_eq!((line(b"even"), line(b"odd"), line(b"")), (1, 0, 1));
        assert_eq!(line(b"panic"), status::PANIC);
        assert_eq!(line(b"even"), status::PANIC);
        filter.state_free.unwrap()(plugin.0, state);
    }
}

#[test]
fn a_batch_sets_a_bit_for_each_kept_line() {
    let _alone = alone();
    let (host, mut error) = (host(), error());
    let plugin = Instance::new();
    plugin.init(&host, "fine", &mut error);
    let filter = plugin.filter();
    assert!(filter.scan.is_none());
    let block = b"ab\nc\n\nxyzw";
    let spans = [(0, 2), (3, 1), (5, 0), (6, 4)].map(|(offset, length)| plughost::Span { offset, length });
    let lines = abi::Lines {
        size: size_of::<abi::Lines>() as u32,
        count: 4,
        spans: spans.as_ptr(),
        block: bytes(block),
        block_offset: 0,
        input: 0,
        reserved: 0,
        origins: null(),
        numbers: null(),
        input_name: null(),
    };
    let mut keep = [0u64];
    unsafe {
        let state = filter.state_new.unwrap()(plugin.0, &mut error);
        let batch = filter.match_batch.unwrap();
        assert_eq!(batch(plugin.0, state, &ctx(), &lines, keep.as_mut_ptr(), &mut error), status::OK);
        assert_eq!(keep, [0b1101]);
        assert_eq!(batch(plugin.0, state, null(), &lines, keep.as_mut_ptr(), &mut error), status::INVALID);
        assert_eq!(message(&error), "ctx is null");
        assert_eq!(batch(plugin.0, null_mut(), &ctx(), &lines, keep.as_mut_ptr(), &mut error), status::INVALID);
        assert_eq!(message(&error), "the state is null");
        filter.state_free.unwrap()(plugin.0, state);
    }
}

#[test]
fn a_filter_names_the_texts_that_kept_lines_hold() {
    let _alone = alone();
    let (host, mut error) = (host(), error());
    let plugin = Instance::new();
    plugin.init(&host, "fine", &mut error);
    let literal = plugin.filter().literal.unwrap();
    let mut text = bytes(b"");
    unsafe {
        for (index, wanted) in [b"fine".as_slice(), b"other"].into_iter().enumerate() {
            assert_eq!(literal(plugin.0, index as u32, &mut text), 1);
            assert_eq!(std::slice::from_raw_parts(text.data, text.len as usize), wanted);
        }
        assert_eq!(literal(plugin.0, 2, &mut text), 0);
        assert_eq!(literal(plugin.0, 0, null_mut()), status::INVALID);
    }
}

#[test]
fn a_filter_tells_where_in_a_line_it_was_found() {
    let _alone = alone();
    let (host, mut error) = (host(), error());
    let plugin = Instance::new();
    plugin.init(&host, "fine", &mut error);
    let filter = plugin.filter();
    let spans = filter.spans.unwrap();
    let mut out = Vec::new();
    let mut sink = sink(&mut out);
    unsafe {
        let state = filter.state_new.unwrap()(plugin.0, &mut error);
        let mut ask = |line: &[u8], sink: *mut abi::Sink| spans(plugin.0, state, &ctx(), bytes(line), sink, &mut error);
        assert_eq!(ask(b"a1b22", &mut sink), status::OK);
        assert_eq!(ask(b"none", &mut sink), status::OK);
        assert_eq!(ask(b"1", null_mut()), status::INVALID);
        assert_eq!(ask(b"backwards", &mut sink), status::INTERNAL);
        CANCEL.store(1, Ordering::SeqCst);
        assert_eq!(ask(b"1", &mut sink), status::CANCELLED);
        CANCEL.store(0, Ordering::SeqCst);
        // What takes no more fails the call.
        sink.write = Some(full);
        assert_eq!(ask(b"1", &mut sink), status::NOMEM);
        sink.write = None;
        assert_eq!(ask(b"1", &mut sink), status::INVALID);
        filter.state_free.unwrap()(plugin.0, state);
        let told = out.chunks(size_of::<Span>()).map(|span| span.as_ptr().cast::<Span>().read_unaligned());
        let span = |offset| Span { offset, length: 1 };
        assert_eq!(told.collect::<Vec<_>>(), [span(1), span(3), span(4)]);
    }
}

unsafe extern "C" fn full(_: *mut abi::Sink, _: *const std::ffi::c_void, _: u64) -> i32 {
    status::NOMEM
}

/// What becomes of lines by both calls of the transform: the status of each, the lengths of the batch, and the output.
struct Transformed {
    statuses: Vec<i32>,
    by_line: String,
    status: i32,
    lengths: Vec<u32>,
    by_batch: String,
    message: String,
}

fn transform(lines: &[&str], origins: Option<&[u64]>) -> Transformed {
    let (host, mut error) = (host(), error());
    let plugin = Instance::new();
    assert_eq!(plugin.init(&host, "fine", &mut error), status::OK);
    let block = lines.join("\n");
    let mut at = 0;
    let spans: Vec<_> = lines
        .iter()
        .map(|line| {
            let span = plughost::Span { offset: at, length: line.len() as u32 };
            at += span.length + 1;
            span
        })
        .collect();
    let batch = abi::Lines {
        size: size_of::<abi::Lines>() as u32,
        count: spans.len() as u32,
        spans: spans.as_ptr(),
        block: bytes(block.as_bytes()),
        block_offset: 100,
        input: 0,
        reserved: 0,
        origins: origins.map_or(null(), <[u64]>::as_ptr),
        numbers: null(),
        input_name: null(),
    };
    let (mut by_line, mut by_batch) = (Vec::new(), Vec::new());
    let mut lengths = vec![abi::TRANSFORM_SAME; lines.len()];
    unsafe {
        let calls = &*(*plugin.0).extension.unwrap()(plugin.0, abi::TRANSFORM_ID.as_ptr()).cast::<abi::Transform>();
        let state = calls.state_new.unwrap()(plugin.0, &mut error);
        let call = calls.transform.unwrap();
        let statuses = lines
            .iter()
            .map(|line| {
                let mut sink = sink(&mut by_line);
                call(plugin.0, state, line.as_ptr(), line.len() as u64, &mut sink, &mut error)
            })
            .collect();
        calls.state_free.unwrap()(plugin.0, state);
        let state = calls.state_new.unwrap()(plugin.0, &mut error);
        let call = calls.transform_batch.unwrap();
        let mut sink = sink(&mut by_batch);
        let status = call(plugin.0, state, &ctx(), &batch, lengths.as_mut_ptr(), &mut sink, &mut error);
        calls.state_free.unwrap()(plugin.0, state);
        let text = |bytes| String::from_utf8(bytes).unwrap();
        let (by_line, by_batch) = (text(by_line), text(by_batch));
        Transformed { statuses, by_line, status, lengths, by_batch, message: message(&error).to_string() }
    }
}

#[test]
fn a_transform_changes_drops_and_leaves_lines_alike_by_both_calls() {
    let _alone = alone();
    let made = transform(&["a", "keep", "drop", "", "keep"], None);
    assert_eq!(made.by_line, "<a>\n1\n<>\n3\n");
    assert_eq!(made.by_batch, made.by_line);
    assert_eq!(made.statuses, [status::OK, status::UNCHANGED, status::OK, status::OK, status::UNCHANGED]);
    assert_eq!(made.status, status::OK);
    assert_eq!(made.lengths, [6, abi::TRANSFORM_SAME, 0, 5, abi::TRANSFORM_SAME]);
}

#[test]
fn a_transform_that_fails_says_why_and_one_that_panics_is_poisoned() {
    let _alone = alone();
    let failed = transform(&["fail"], None);
    assert_eq!((failed.statuses, failed.status), (vec![status::INTERNAL], status::INTERNAL));
    assert_eq!(failed.message, "the line says so");
    let broken = transform(&["panic", "keep"], None);
    assert_eq!((broken.statuses, broken.status), (vec![status::PANIC, status::PANIC], status::PANIC));
}

#[test]
fn the_outputs_of_a_batch_are_asked_for_in_order() {
    let _alone = alone();
    let broken = transform(&["backwards", "x"], None);
    assert_eq!(broken.status, status::PANIC);
    assert!(broken.message.contains("the output of line 0 was asked for behind"), "{}", broken.message);
}

#[test]
fn a_line_knows_where_it_comes_from() {
    let _alone = alone();
    assert_eq!(transform(&["offsets", "b"], None).by_batch, "100\n108\n");
    assert_eq!(transform(&["offsets", "b"], Some(&[7, 1 << 40])).by_batch, "7\n1099511627776\n");
}

#[test]
fn null_where_the_host_owes_something_is_an_error_and_no_crash() {
    let _alone = alone();
    let plugin = Instance::new();
    let mut error = error();
    unsafe {
        let head = &*plugin.0;
        assert_eq!(head.init.unwrap()(null_mut(), null(), bytes(b""), &mut error), status::INVALID);
        assert_eq!(head.init.unwrap()(plugin.0, null(), bytes(b""), null_mut()), status::INVALID);
        assert_eq!(head.run.unwrap()(null_mut(), null(), null_mut(), null_mut()), status::INVALID);
        assert!(head.extension.unwrap()(plugin.0, null()).is_null());
        assert!(head.extension.unwrap()(plugin.0, c"plug.exporter/1".as_ptr()).is_null());
        head.destroy.unwrap()(null_mut());
    }
}

#[test]
fn the_manifest_is_three_parts_and_ends_with_nul() {
    let text = std::str::from_utf8(&plug_manifest).unwrap().strip_suffix("\n\0").unwrap();
    let (head, rest) = text.split_once('\n').unwrap();
    let (compiler, json) = rest.split_once('\n').unwrap();
    assert_eq!(head, "plughost 1.1");
    assert!(compiler.starts_with("rustc 1."), "{compiler}");
    assert!(json.contains(r#""id": "org.plughost.test.probe""#), "{json}");
}
