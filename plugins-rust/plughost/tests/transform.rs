//! The C functions of a transform.
#[path = "support/probe.rs"]
mod probe;
mod support;

use plughost::abi::{self, status};
use probe::*;
use std::ptr::null;
use support::{bytes, ctx, error, host, message, sink};

/// Runs lines through both calls of the transform. Returns the status of each, the lengths of the batch, and the output.
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
    // SAFETY: The instance is not destroyed, and every pointer lives for the call.
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
fn both_calls_of_a_transform_make_the_same_lines() {
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
    assert!(broken.message.contains("the output of line 0 was asked for after"), "{}", broken.message);
}

#[test]
fn a_line_knows_where_it_comes_from() {
    let _alone = alone();
    assert_eq!(transform(&["offsets", "b"], None).by_batch, "100\n108\n");
    assert_eq!(transform(&["offsets", "b"], Some(&[7, 1 << 40])).by_batch, "7\n1099511627776\n");
}
