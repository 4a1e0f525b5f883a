//! The plugin as a host calls it, and a random generator.
// Each file of tests uses a part.
#![allow(dead_code)]
use plughost::abi::{self, status};
use rules_plugin::NewPlugin;
use std::ffi::c_void;
use std::ops::Range;
use std::ptr::null;
use std::sync::atomic::AtomicU32;

static CANCEL: AtomicU32 = AtomicU32::new(0);

fn error() -> abi::Error {
    abi::Error { size: 512, code: 0, offset: 0, len: 0, message: [0; abi::ERROR_MESSAGE_MAX] }
}

fn ctx() -> abi::Ctx {
    abi::Ctx { size: 24, worker: 0, cancel: CANCEL.as_ptr(), deadline_ns: 0 }
}

pub struct Loaded {
    plugin: *mut abi::Plugin,
    filter: *const abi::Filter,
    transform: *const abi::Transform,
    states: [*mut c_void; 2],
}

impl Loaded {
    /// Loads a rules file, or returns why it is refused.
    pub fn new(file: &str) -> Result<Self, String> {
        let this = std::ptr::null_mut();
        let host = abi::Host { size: 40, abi_major: 1, abi_minor: 1, this, log: None, now_ns: None, extension: None };
        let mut error = error();
        let config =
            serde_json::json!({ "module": [{ "name": "x.rules.json", "text": file }], "config": {} }).to_string();
        // SAFETY: The instance is not destroyed, and every pointer lives for the call.
        unsafe {
            let plugin = NewPlugin();
            let config = abi::Bytes { data: config.as_ptr(), len: config.len() as u64 };
            let status = (*plugin).init.unwrap()(plugin, &host, config, &mut error);
            if status != status::OK {
                assert_eq!(status, status::CONFIG);
                (*plugin).destroy.unwrap()(plugin);
                return Err(String::from_utf8_lossy(&error.message[..error.len as usize]).into_owned());
            }
            let extension = |id: &std::ffi::CStr| (*plugin).extension.unwrap()(plugin, id.as_ptr());
            let filter = extension(abi::FILTER_ID).cast::<abi::Filter>();
            let transform = extension(abi::TRANSFORM_ID).cast::<abi::Transform>();
            let states = [
                filter.as_ref().map(|filter| filter.state_new.unwrap()(plugin, &mut error)),
                transform.as_ref().map(|transform| transform.state_new.unwrap()(plugin, &mut error)),
            ];
            let states = states.map(|state| state.unwrap_or(std::ptr::null_mut()));
            Ok(Loaded { plugin, filter, transform, states })
        }
    }

    pub fn is_filter(&self) -> bool {
        !self.filter.is_null()
    }

    pub fn is_transform(&self) -> bool {
        !self.transform.is_null()
    }

    fn filter(&self) -> &abi::Filter {
        // SAFETY: The struct lives as long as the program.
        unsafe { self.filter.as_ref() }.expect("it is a filter")
    }

    pub fn matches(&self, line: &[u8]) -> bool {
        // SAFETY: The instance is not destroyed, and every pointer lives for the call.
        let kept =
            unsafe { self.filter().match_.unwrap()(self.plugin, self.states[0], line.as_ptr(), line.len() as u64) };
        assert!(kept == 0 || kept == 1, "match returned {kept}");
        kept == 1
    }

    pub fn batch(&self, block: &[u8], spans: &[abi::Span]) -> Vec<abi::Span> {
        if spans.is_empty() {
            return Vec::new();
        }
        let mut keep = vec![0u64; spans.len().div_ceil(64)];
        let batch = self.filter().match_batch.unwrap();
        let lines = lines(block, spans);
        // SAFETY: The instance is not destroyed, and every pointer lives for the call.
        let status = unsafe { batch(self.plugin, self.states[0], &ctx(), &lines, keep.as_mut_ptr(), &mut error()) };
        assert_eq!(status, status::OK);
        spans.iter().enumerate().filter(|(i, _)| keep[i / 64] >> (i % 64) & 1 == 1).map(|(_, span)| *span).collect()
    }

    pub fn scan(&self, block: &[u8], cap: usize) -> Vec<abi::Span> {
        let (mut all, mut cursor) = (Vec::new(), 0u64);
        let bytes = abi::Bytes { data: block.as_ptr(), len: block.len() as u64 };
        while cursor < block.len() as u64 {
            let (mut spans, before) = (vec![abi::Span::default(); cap], cursor);
            let (scan, cap) = (self.filter().scan.unwrap(), cap as u32);
            // SAFETY: The instance is not destroyed, and every pointer lives for the call.
            let found = unsafe {
                scan(self.plugin, self.states[0], &ctx(), bytes, &mut cursor, spans.as_mut_ptr(), cap, &mut error())
            };
            assert!(found >= 0 && cursor > before, "scan returned {found} and moved from {before} to {cursor}");
            all.extend_from_slice(&spans[..found as usize]);
        }
        all
    }

    pub fn literals(&self) -> Vec<Vec<u8>> {
        let mut all = Vec::new();
        let mut text = abi::Bytes { data: null(), len: 0 };
        // SAFETY: The instance is not destroyed, and its texts live as long.
        unsafe {
            while self.filter().literal.unwrap()(self.plugin, all.len() as u32, &mut text) == 1 {
                all.push(std::slice::from_raw_parts(text.data, text.len as usize).to_vec());
            }
        }
        all
    }

    pub fn spans(&self, line: &[u8]) -> Vec<Range<usize>> {
        let mut bytes = Vec::new();
        let line = abi::Bytes { data: line.as_ptr(), len: line.len() as u64 };
        let (call, mut sink) = (self.filter().spans.unwrap(), sink(&mut bytes));
        // SAFETY: The instance is not destroyed, and every pointer lives for the call.
        assert_eq!(unsafe { call(self.plugin, self.states[0], &ctx(), line, &mut sink, &mut error()) }, status::OK);
        let number = |at: usize| u32::from_ne_bytes(bytes[at..at + 4].try_into().unwrap()) as usize;
        (0..bytes.len()).step_by(8).map(|at| number(at)..number(at) + number(at + 4)).collect()
    }

    /// Returns what a line becomes, by the call for one line.
    pub fn transform(&self, line: &[u8]) -> Vec<u8> {
        let mut made = Vec::new();
        // SAFETY: The struct lives as long as the program, the instance is not destroyed, and every pointer lives for the
        // call.
        let status = unsafe {
            let call = self.transform.as_ref().expect("it is a transform").transform.unwrap();
            let (data, len) = (line.as_ptr(), line.len() as u64);
            call(self.plugin, self.states[1], data, len, &mut sink(&mut made), &mut error())
        };
        if status == status::UNCHANGED {
            return line.to_vec();
        }
        assert_eq!((status, made.pop()), (status::OK, Some(b'\n')));
        made
    }

    /// Returns what the lines of a block become, by the call for many lines.
    pub fn transform_batch(&self, block: &[u8], spans: &[abi::Span]) -> Vec<Vec<u8>> {
        if spans.is_empty() {
            return Vec::new();
        }
        let mut made = Vec::new();
        let mut lengths = vec![abi::TRANSFORM_SAME; spans.len()];
        // SAFETY: As above.
        let status = unsafe {
            let call = self.transform.as_ref().expect("it is a transform").transform_batch.unwrap();
            let (lines, mut sink) = (lines(block, spans), sink(&mut made));
            call(self.plugin, self.states[1], &ctx(), &lines, lengths.as_mut_ptr(), &mut sink, &mut error())
        };
        assert_eq!(status, status::OK);
        let mut at = 0;
        let each = spans.iter().zip(lengths).map(|(span, length)| {
            if length == abi::TRANSFORM_SAME {
                return block[span.offset as usize..][..span.length as usize].to_vec();
            }
            at += length as usize;
            assert_eq!(made[at - 1], b'\n');
            made[at - length as usize..at - 1].to_vec()
        });
        each.collect()
    }
}

impl Drop for Loaded {
    fn drop(&mut self) {
        // SAFETY: The instance is not destroyed, and every pointer lives for the call.
        unsafe {
            if let Some(filter) = self.filter.as_ref() {
                filter.state_free.unwrap()(self.plugin, self.states[0]);
            }
            if let Some(transform) = self.transform.as_ref() {
                transform.state_free.unwrap()(self.plugin, self.states[1]);
            }
            (*self.plugin).destroy.unwrap()(self.plugin);
        }
    }
}

fn lines(block: &[u8], spans: &[abi::Span]) -> abi::Lines {
    abi::Lines {
        size: 48,
        count: spans.len() as u32,
        spans: spans.as_ptr(),
        block: abi::Bytes { data: block.as_ptr(), len: block.len() as u64 },
        block_offset: 0,
        input: 0,
        reserved: 0,
        origins: null(),
        numbers: null(),
        input_name: null(),
    }
}

/// Returns a sink that appends to `bytes`, which must live as long as the sink is used.
fn sink(bytes: &mut Vec<u8>) -> abi::Sink {
    unsafe extern "C" fn write(sink: *mut abi::Sink, data: *const c_void, len: u64) -> i32 {
        // SAFETY: `this` is the vector, and the plugin gives `len` bytes.
        unsafe {
            let bytes = &mut *(*sink).this.cast::<Vec<u8>>();
            bytes.extend_from_slice(std::slice::from_raw_parts(data.cast(), len as usize));
        }
        status::OK
    }
    let this = std::ptr::from_mut(bytes).cast();
    abi::Sink { size: 40, reserved: 0, this, write: Some(write), reserve: None, commit: None }
}

pub fn lines_of(block: &[u8]) -> Vec<abi::Span> {
    let (mut lines, mut at) = (Vec::new(), 0);
    while at < block.len() {
        let end = block[at..].iter().position(|&byte| byte == b'\n').map_or(block.len(), |i| at + i);
        lines.push(abi::Span { offset: at as u32, length: (end - at) as u32 });
        at = end + 1;
    }
    lines
}

/// A random generator (splitmix64), so that the printed seed repeats a failure.
pub struct Random(pub u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit as u64) as usize
    }

    pub fn of<'a, T: ?Sized>(&mut self, list: &[&'a T]) -> &'a T {
        list[self.below(list.len())]
    }
}
