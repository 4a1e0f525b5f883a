//! An exporter with a small sink, and an ordered filter, called through their C functions.
mod support;

use plughost::abi::{self, status};
use plughost::{Context, Error, Exporter, Filter, Host, Lines, Plugin, Sink, Span, Transform};
use std::ffi::{c_void, CStr};
use std::io::Write;
use std::ptr::{null, null_mut};
use support::{bytes, ctx, error, host, message};

/// Numbers its rows, so that the output shows a row that was made twice or not at all.
struct Numbered;

impl Plugin for Numbered {
    const NAME: &'static CStr = c"Numbered";

    fn new(_: &[u8], _: Host) -> Result<Self, Error> {
        Ok(Numbered)
    }

    fn run(&self, _: &Context, out: &mut Sink) -> Result<(), Error> {
        Ok(write!(out, "rows")?)
    }
}

impl Exporter for Numbered {
    type State = u64;
    const ROWWISE: bool = false;

    fn state(&self) -> Result<u64, Error> {
        Ok(0)
    }

    fn write(&self, next: &mut u64, _: &Context, lines: &Lines, out: &mut Sink) -> Result<(), Error> {
        for (i, line) in lines.iter().enumerate() {
            match line {
                b"nothing" => {}
                b"fail" => return Err(Error::internal("the line says so")),
                _ => writeln!(out, "{next} {} {}", lines.offset(i), String::from_utf8_lossy(line))?,
            }
            *next += 1;
        }
        Ok(())
    }

    fn end(&self, next: &mut u64, _: &Context, out: &mut Sink) -> Result<(), Error> {
        Ok(writeln!(out, "{next} rows")?)
    }
}

impl Filter for Numbered {
    type State = ();
    const ORDERED: bool = true;

    fn state(&self) -> Result<(), Error> {
        Ok(())
    }

    fn matches(&self, _: &mut (), _: &[u8]) -> Result<bool, Error> {
        Ok(true)
    }
}

impl Transform for Numbered {
    type State = ();
    const ORDERED: bool = true;

    fn state(&self) -> Result<(), Error> {
        Ok(())
    }

    fn transform(&self, _: &mut (), _: &[u8], _: &mut plughost::Output) -> Result<(), Error> {
        Ok(())
    }
}

plughost::export!(Numbered: Exporter + Filter + Transform, { "id": "org.plughost.test.numbered", "name": "numbered", "version": "0.1.0" });

/// A small sink of a host: takes all bytes of an offer or nothing.
struct Small {
    room: usize,
    held: Vec<u8>,
    emptied: Vec<u8>,
}

unsafe extern "C" fn write(sink: *mut abi::Sink, data: *const c_void, len: u64) -> i32 {
    // SAFETY: the test stores a `Small` there, which outlives the sink.
    let small = unsafe { &mut *(*sink).this.cast::<Small>() };
    if small.held.len() + len as usize > small.room {
        return status::AGAIN;
    }
    // SAFETY: The exporter passes `len` bytes.
    small.held.extend_from_slice(unsafe { std::slice::from_raw_parts(data.cast(), len as usize) });
    status::OK
}

impl Small {
    fn sink(&mut self) -> abi::Sink {
        abi::Sink {
            size: size_of::<abi::Sink>() as u32,
            reserved: 0,
            this: (self as *mut Small).cast(),
            write: Some(write),
            reserve: None,
            commit: None,
        }
    }

    fn empty(&mut self) {
        self.emptied.append(&mut self.held);
    }
}

/// The end of an export: the last status, its message, all bytes, and the number of lines that each call took.
#[derive(Debug, PartialEq)]
struct Exported {
    status: i32,
    message: String,
    text: String,
    taken: Vec<u32>,
}

/// Exports lines, and empties the sink whenever the exporter reports that it is full.
fn export(lines: &[&str], origins: Option<&[u64]>, room: usize) -> Exported {
    let (host, mut error) = (host(), error());
    let block = lines.join("\n");
    let mut at = 0;
    let spans: Vec<_> = lines
        .iter()
        .map(|line| {
            let span = Span { offset: at, length: line.len() as u32 };
            at += span.length + 1;
            span
        })
        .collect();
    let mut small = Small { room, held: Vec::new(), emptied: Vec::new() };
    let (mut status, mut taken_by_call, mut next) = (status::OK, Vec::new(), 0);
    // SAFETY: The instance is not destroyed, and every pointer lives for the call.
    unsafe {
        let plugin = NewPlugin();
        assert_eq!((*plugin).init.unwrap()(plugin, &host, bytes(b"{}"), &mut error), status::OK);
        let calls = &*(*plugin).extension.unwrap()(plugin, abi::EXPORTER_ID.as_ptr()).cast::<abi::Exporter>();
        let state = calls.state_new.unwrap()(plugin, &mut error);
        while next < spans.len() {
            let batch = abi::Lines {
                size: size_of::<abi::Lines>() as u32,
                count: (spans.len() - next) as u32,
                spans: spans[next..].as_ptr(),
                block: bytes(block.as_bytes()),
                block_offset: 100,
                input: 0,
                reserved: 0,
                origins: origins.map_or(null(), |origins| origins[next..].as_ptr()),
                numbers: null(),
                input_name: null(),
            };
            let mut taken = batch.count;
            let mut sink = small.sink();
            status = calls.write.unwrap()(plugin, state, &ctx(), &batch, &mut taken, &mut sink, &mut error);
            if status != status::OK && status != status::AGAIN {
                break;
            }
            assert!(taken >= 1 && taken <= batch.count && (status == status::AGAIN) == (taken < batch.count));
            small.empty();
            taken_by_call.push(taken);
            next += taken as usize;
        }
        if next == spans.len() {
            small.empty();
            small.room = usize::MAX;
            status = calls.end.unwrap()(plugin, state, &ctx(), &mut small.sink(), &mut error);
            small.empty();
        }
        calls.state_free.unwrap()(plugin, state);
        (*plugin).destroy.unwrap()(plugin);
    }
    let text = String::from_utf8(small.emptied).unwrap();
    Exported { status, message: message(&error).to_string(), text, taken: taken_by_call }
}

const LINES: [&str; 5] = ["a", "bb", "nothing", "", "ccc"];
const ROWS: &str = "0 100 a\n1 102 bb\n3 113 \n4 114 ccc\n5 rows\n";

#[test]
fn rows_that_a_full_sink_turns_away_come_with_the_next_call() {
    assert_eq!(export(&LINES, None, 1000).taken, [5]);
    // Ten bytes hold the longest row.
    for room in 10..60 {
        let exported = export(&LINES, None, room);
        assert_eq!((exported.status, exported.text.as_str()), (status::OK, ROWS), "room for {room} bytes");
        assert_eq!(exported.taken.iter().sum::<u32>(), 5);
    }
    assert_eq!(export(&LINES, None, 10).taken, [1, 2, 1, 1]);
}

#[test]
fn rows_keep_their_places_when_they_are_offered_again() {
    let exported = export(&["a", "b", "c"], Some(&[7, 1 << 40, 9]), 18);
    assert_eq!(exported.text, "0 7 a\n1 1099511627776 b\n2 9 c\n3 rows\n");
    assert!(exported.taken.len() > 1);
}

#[test]
fn a_sink_without_room_for_one_row_is_an_error() {
    let exported = export(&["a", "a line that is longer than that", "b"], None, 20);
    assert_eq!((exported.status, exported.message.as_str()), (status::NOMEM, "there is no memory"));
    assert_eq!((exported.text.as_str(), exported.taken), ("0 100 a\n", vec![1]));
}

#[test]
fn an_error_of_a_row_is_the_error_of_the_call() {
    let exported = export(&["a", "fail", "b"], None, 1000);
    assert_eq!((exported.status, exported.message.as_str()), (status::INTERNAL, "the line says so"));
}

#[test]
fn many_rows_pass_through_a_sink_of_any_size() {
    let lines: Vec<_> = (0..5000).map(|i| format!("line {i} {}", "x".repeat(i % 80))).collect();
    let lines: Vec<_> = lines.iter().map(String::as_str).collect();
    let whole = export(&lines, None, usize::MAX);
    assert_eq!(whole.text.lines().count(), 5001);
    for room in [128, 1000, 65_536, 70_000] {
        assert_eq!(export(&lines, None, room).text, whole.text, "room for {room} bytes");
    }
}

#[test]
fn an_export_that_ends_before_all_lines_were_offered_again_is_refused() {
    let (host, mut error) = (host(), error());
    let spans = [Span { offset: 0, length: 1 }, Span { offset: 2, length: 1 }];
    let mut small = Small { room: 10, held: Vec::new(), emptied: Vec::new() };
    // SAFETY: The instance is not destroyed, and every pointer lives for the call.
    unsafe {
        let plugin = NewPlugin();
        (*plugin).init.unwrap()(plugin, &host, bytes(b"{}"), &mut error);
        let calls = &*(*plugin).extension.unwrap()(plugin, abi::EXPORTER_ID.as_ptr()).cast::<abi::Exporter>();
        let state = calls.state_new.unwrap()(plugin, &mut error);
        let batch = abi::Lines {
            size: size_of::<abi::Lines>() as u32,
            count: 2,
            spans: spans.as_ptr(),
            block: bytes(b"a\nb"),
            block_offset: 0,
            input: 0,
            reserved: 0,
            origins: null(),
            numbers: null(),
            input_name: null(),
        };
        let mut taken = 2;
        let write = calls.write.unwrap();
        let mut sink = small.sink();
        assert_eq!(write(plugin, state, &ctx(), &batch, null_mut(), &mut sink, &mut error), status::INVALID);
        assert_eq!(message(&error), "taken is null");
        assert_eq!(write(plugin, state, &ctx(), &batch, &mut taken, &mut sink, &mut error), status::AGAIN);
        assert_eq!(taken, 1);
        assert_eq!(calls.end.unwrap()(plugin, state, &ctx(), &mut sink, &mut error), status::INVALID);
        assert_eq!(message(&error), "the export was ended before all lines were passed again");
        calls.state_free.unwrap()(plugin, state);
        (*plugin).destroy.unwrap()(plugin);
    }
}

#[test]
fn a_plugin_that_only_says_that_it_is_ordered_is_not_linewise_too() {
    // SAFETY: The instance is not destroyed, and every pointer lives for the call.
    unsafe {
        let plugin = NewPlugin();
        let extension = (*plugin).extension.unwrap();
        let filter = &*extension(plugin, abi::FILTER_ID.as_ptr()).cast::<abi::Filter>();
        let transform = &*extension(plugin, abi::TRANSFORM_ID.as_ptr()).cast::<abi::Transform>();
        assert_eq!((filter.flags, transform.flags), (abi::FILTER_ORDERED, abi::TRANSFORM_ORDERED));
        (*plugin).destroy.unwrap()(plugin);
    }
}
