//! The C functions of a plugin and a filter, called the way a host calls them.
#[path = "support/probe.rs"]
mod probe;
mod support;

use crate::support::{bytes, ctx, error, host, message, sink, CANCEL, LOGGED};
use plughost::abi::{self, status};
use plughost::Span;
use probe::*;
use std::ffi::CStr;
use std::ptr::{null, null_mut};
use std::sync::atomic::Ordering;

#[test]
fn a_plugin_runs_between_init_and_destroy() {
    let _alone = alone();
    let (host, mut error, mut out) = (host(), error(), Vec::new());
    let before = DROPS.load(Ordering::SeqCst);
    let plugin = Instance::new();
    // SAFETY: The contract: a name is a text that ends with NUL.
    assert_eq!(unsafe { CStr::from_ptr((*plugin.0).name.unwrap()(plugin.0)) }, c"Probe");
    assert_eq!(plugin.init(&host, "fine", &mut error), status::OK);
    assert_eq!(plugin.run(&mut out, &mut error), status::OK);
    assert_eq!(out, b"fine on worker 3");
    assert_eq!(LOGGED.lock().unwrap().last().unwrap(), "1 ran");
    drop(plugin);
    assert_eq!(DROPS.load(Ordering::SeqCst), before + 1);
}

#[test]
fn an_instance_decides_after_init_what_it_is_called_and_what_it_offers() {
    let _alone = alone();
    let (host, mut error) = (host(), error());
    // SAFETY: The contract: a live instance, an id and a name that end with NUL.
    let offers =
        |plugin: &Instance, id: &CStr| unsafe { !(*plugin.0).extension.unwrap()(plugin.0, id.as_ptr()).is_null() };
    // SAFETY: As above.
    let name = |plugin: &Instance| unsafe { CStr::from_ptr((*plugin.0).name.unwrap()(plugin.0)) }.to_owned();
    let plugin = Instance::new();
    assert_eq!(name(&plugin).as_c_str(), c"Probe");
    assert!(offers(&plugin, abi::FILTER_ID) && offers(&plugin, abi::TRANSFORM_ID));
    assert_eq!(plugin.init(&host, "filter alone", &mut error), status::OK);
    assert_eq!(name(&plugin).as_c_str(), c"Filter alone");
    assert!(offers(&plugin, abi::FILTER_ID) && !offers(&plugin, abi::TRANSFORM_ID));
    let panicking = Instance::new();
    assert_eq!(panicking.init(&host, "panic in name", &mut error), status::OK);
    assert_eq!(name(&panicking).as_c_str(), c"Probe");
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
    // SAFETY: The instance is not destroyed, and every pointer lives for the call.
    unsafe {
        let state = filter.state_new.unwrap()(plugin.0, &mut error);
        let line = |text: &[u8]| filter.match_.unwrap()(plugin.0, state, text.as_ptr(), text.len() as u64);
        assert_eq!((line(b"even"), line(b"odd"), line(b"")), (1, 0, 1));
        LOGGED.lock().unwrap().clear();
        assert_eq!(line(b"panic"), status::PANIC);
        assert_eq!(line(b"even"), status::PANIC);
        // `match` has no error, so the log says where it was.
        let logged = LOGGED.lock().unwrap().clone();
        assert_eq!(logged.len(), 1);
        assert!(logged[0].starts_with("5 the plugin panicked at ") && logged[0].ends_with(": a line"), "{logged:?}");
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
    // SAFETY: The instance is not destroyed, and every pointer lives for the call.
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
    // SAFETY: The instance is not destroyed, and every pointer lives for the call.
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
fn a_filter_finds_the_spans_of_a_line() {
    let _alone = alone();
    let (host, mut error) = (host(), error());
    let plugin = Instance::new();
    plugin.init(&host, "fine", &mut error);
    let filter = plugin.filter();
    let spans = filter.spans.unwrap();
    let mut out = Vec::new();
    let mut sink = sink(&mut out);
    // SAFETY: The instance is not destroyed, and every pointer lives for the call.
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
        // A full sink fails the call.
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

#[test]
fn null_where_the_host_owes_something_is_an_error_and_no_crash() {
    let _alone = alone();
    let plugin = Instance::new();
    let mut error = error();
    // SAFETY: The instance is not destroyed, and every pointer lives for the call.
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
    assert_eq!(head, "plughost 1.2");
    assert!(compiler.starts_with("rustc 1."), "{compiler}");
    assert!(json.contains(r#""id": "org.plughost.test.probe""#), "{json}");
}
