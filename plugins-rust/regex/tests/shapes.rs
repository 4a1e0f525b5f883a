//! The three calls of the filter keep the same lines as a search line by line, on hostile bytes, cut at any line.
use plughost::abi::{self, status};
use regex_plugin::NewPlugin;
use std::ffi::c_void;
use std::ptr::null;
use std::sync::atomic::AtomicU32;

static CANCEL: AtomicU32 = AtomicU32::new(0);

struct Loaded {
    plugin: *mut abi::Plugin,
    filter: &'static abi::Filter,
    state: *mut c_void,
}

fn error() -> abi::Error {
    abi::Error { size: 512, code: 0, offset: 0, len: 0, message: [0; abi::ERROR_MESSAGE_MAX] }
}

fn ctx() -> abi::Ctx {
    abi::Ctx { size: 24, worker: 0, cancel: CANCEL.as_ptr(), deadline_ns: 0 }
}

impl Loaded {
    fn new(config: &str) -> Result<Self, String> {
        let host = abi::Host {
            size: 40,
            abi_major: 1,
            abi_minor: 0,
            this: std::ptr::null_mut(),
            log: None,
            now_ns: None,
            extension: None,
        };
        let mut error = error();
        // SAFETY: The instance is not destroyed, and every pointer lives for the call.
        unsafe {
            let plugin = NewPlugin();
            let config = abi::Bytes { data: config.as_ptr(), len: config.len() as u64 };
            let status = (*plugin).init.unwrap()(plugin, &host, config, &mut error);
            if status != status::OK {
                (*plugin).destroy.unwrap()(plugin);
                return Err(String::from_utf8_lossy(&error.message[..error.len as usize]).into_owned());
            }
            let filter = &*(*plugin).extension.unwrap()(plugin, abi::FILTER_ID.as_ptr()).cast::<abi::Filter>();
            let state = filter.state_new.unwrap()(plugin, &mut error);
            Ok(Loaded { plugin, filter, state })
        }
    }

    fn matches(&self, line: &[u8]) -> bool {
        // SAFETY: The instance is not destroyed, and every pointer lives for the call.
        let kept = unsafe { self.filter.match_.unwrap()(self.plugin, self.state, line.as_ptr(), line.len() as u64) };
        assert!(kept == 0 || kept == 1, "match returned {kept}");
        kept == 1
    }

    fn batch(&self, block: &[u8], spans: &[abi::Span]) -> Vec<abi::Span> {
        if spans.is_empty() {
            return Vec::new();
        }
        let lines = abi::Lines {
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
        };
        let mut keep = vec![0u64; spans.len().div_ceil(64)];
        let batch = self.filter.match_batch.unwrap();
        // SAFETY: The instance is not destroyed, and every pointer lives for the call.
        let status = unsafe { batch(self.plugin, self.state, &ctx(), &lines, keep.as_mut_ptr(), &mut error()) };
        assert_eq!(status, status::OK);
        spans.iter().enumerate().filter(|(i, _)| keep[i / 64] >> (i % 64) & 1 == 1).map(|(_, span)| *span).collect()
    }

    fn spans(&self, line: &[u8]) -> Vec<(u32, u32)> {
        unsafe extern "C" fn write(sink: *mut abi::Sink, data: *const c_void, len: u64) -> i32 {
            assert_eq!(len as usize, size_of::<abi::Span>());
            // SAFETY: The sink below stores a vector there, and the filter writes one span at a time.
            let (spans, span) = unsafe { (&mut *(*sink).this.cast::<Vec<_>>(), *data.cast::<abi::Span>()) };
            spans.push((span.offset, span.offset + span.length));
            status::OK
        }
        let mut spans = Vec::<(u32, u32)>::new();
        let this = (&raw mut spans).cast();
        let mut sink = abi::Sink { size: 40, reserved: 0, this, write: Some(write), reserve: None, commit: None };
        let line = abi::Bytes { data: line.as_ptr(), len: line.len() as u64 };
        let call = self.filter.spans.unwrap();
        // SAFETY: The instance is not destroyed, and every pointer lives for the call.
        assert_eq!(unsafe { call(self.plugin, self.state, &ctx(), line, &mut sink, &mut error()) }, status::OK);
        spans
    }

    fn scan(&self, block: &[u8], cap: usize) -> Vec<abi::Span> {
        let (mut all, mut cursor) = (Vec::new(), 0u64);
        let bytes = abi::Bytes { data: block.as_ptr(), len: block.len() as u64 };
        while cursor < block.len() as u64 {
            let (mut spans, before) = (vec![abi::Span::default(); cap], cursor);
            let scan = self.filter.scan.unwrap();
            // SAFETY: The instance is not destroyed, and every pointer lives for the call.
            let found = unsafe {
                scan(self.plugin, self.state, &ctx(), bytes, &mut cursor, spans.as_mut_ptr(), cap as u32, &mut error())
            };
            assert!(found >= 0 && cursor > before, "scan returned {found} and moved from {before} to {cursor}");
            all.extend_from_slice(&spans[..found as usize]);
        }
        all
    }
}

impl Drop for Loaded {
    fn drop(&mut self) {
        // SAFETY: The instance is not destroyed, and every pointer lives for the call.
        unsafe {
            self.filter.state_free.unwrap()(self.plugin, self.state);
            (*self.plugin).destroy.unwrap()(self.plugin);
        }
    }
}

fn lines_of(block: &[u8]) -> Vec<abi::Span> {
    let (mut lines, mut at) = (Vec::new(), 0);
    while at < block.len() {
        let end = block[at..].iter().position(|&byte| byte == b'\n').map_or(block.len(), |i| at + i);
        lines.push(abi::Span { offset: at as u32, length: (end - at) as u32 });
        at = end + 1;
    }
    lines
}

/// A random generator (splitmix64), so that the printed seed repeats a failure.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit as u64) as usize
    }
}

const WORDS: &[&[u8]] = &[
    b"\n",
    b"\n",
    b"\n",
    b"\r\n",
    b"a",
    b"foo",
    b"bar",
    b"ERROR",
    b"error",
    b" ",
    b"\t",
    b"\0",
    b"\xff",
    b"\xc3",
    b"\xa9",
    "\u{e9}".as_bytes(),
    "\u{212a}".as_bytes(),
    b"42",
    b"_",
    b"\xed\xa0\x80",
    b"\xef\xbb\xbf",
    b"foobar baz",
];

const PATTERNS: &[&str] = &[
    "",
    "foo",
    "foo|bar",
    "^$",
    "^",
    "$",
    r"\s",
    r"\s+$",
    r"^\s*$",
    "[^a]",
    "(?s).",
    ".",
    r"\bfoo\b",
    r"\w+\s\w+",
    "(?i)error",
    r"\d+",
    "[a-z]+[0-9]",
    r"\Afoo",
    r"bar\z",
    r"\A\z",
    "é",
    r"\W",
    r"(?-u:\xff)",
    r"a*",
    "(foo)*$",
    r"\B",
    r"foo\s+bar",
    "[[:space:]]",
    r"k",
    r"foo.*bar|^a",
];

#[test]
fn the_shapes_agree_on_hostile_bytes_at_every_cut() {
    let mut random = Random(1);
    for pattern in PATTERNS {
        for options in ["", r#","ignoreCase":true"#, r#","unicode":false"#] {
            let config = format!("{{\"pattern\":{}{options}}}", serde_json::to_string(pattern).unwrap());
            let Ok(plugin) = Loaded::new(&config) else {
                assert!(options.contains("unicode"), "{config}");
                continue;
            };
            for _ in 0..40 {
                let block: Vec<u8> =
                    (0..random.below(60)).flat_map(|_| WORDS[random.below(WORDS.len())]).copied().collect();
                let lines = lines_of(&block);
                let expected: Vec<_> = lines
                    .iter()
                    .filter(|line| plugin.matches(&block[line.offset as usize..][..line.length as usize]))
                    .copied()
                    .collect();
                assert_eq!(
                    plugin.batch(&block, &lines),
                    expected,
                    "batch of {config} on {:?}",
                    block.escape_ascii().to_string()
                );
                for cap in [1, 2, 64] {
                    assert_eq!(
                        plugin.scan(&block, cap),
                        expected,
                        "scan of {config} on {:?}",
                        block.escape_ascii().to_string()
                    );
                }
            }
        }
    }
}

#[test]
fn a_line_is_matched_as_the_regex_crate_matches_it_alone() {
    let mut random = Random(2);
    for pattern in PATTERNS {
        let plugin = Loaded::new(&format!("{{\"pattern\":{}}}", serde_json::to_string(pattern).unwrap())).unwrap();
        let oracle = regex::bytes::RegexBuilder::new(pattern).multi_line(true).build().unwrap();
        for _ in 0..200 {
            let line: Vec<u8> =
                (0..random.below(8)).flat_map(|_| WORDS[4 + random.below(WORDS.len() - 4)]).copied().collect();
            assert_eq!(plugin.matches(&line), oracle.is_match(&line), "{pattern} on {}", line.escape_ascii());
        }
    }
}

#[test]
fn a_pattern_that_cannot_be_used_is_told_in_one_sentence() {
    let refused = |config: &str| Loaded::new(config).err().unwrap();
    assert_eq!(refused(r#"{"pattern":"("}"#), "pattern \"(\": unclosed group");
    assert_eq!(refused(r#"{"pattern":"a\\nb"}"#), "pattern \"a\\\\nb\": the literal \"\\n\" is not allowed in a regex");
    assert!(refused(r#"{"pattern":1}"#).contains("expected a string"));
    assert!(refused("not JSON").contains("expected"));
    // SAFETY: NewPlugin returns a live instance.
    assert!(unsafe { (*NewPlugin()).extension.unwrap()(null(), c"plug.other/1".as_ptr()) }.is_null());
}

// The spans that `rg --json` 13 prints.
#[test]
fn finds_the_spans_that_ripgrep_finds() {
    for (config, line, wanted) in [
        (r#"{"pattern":"ab"}"#, b"xababxxab".as_slice(), vec![(1, 3), (3, 5), (7, 9)]),
        (r#"{"pattern":"aa"}"#, b"aaaaa", vec![(0, 2), (2, 4)]),
        (r#"{"pattern":"x*"}"#, b"xxa", vec![(0, 2), (3, 3)]),
        (r#"{"pattern":"x*"}"#, b"axx", vec![(0, 0), (1, 3)]),
        (r#"{"pattern":""}"#, "ab\u{e9}".as_bytes(), vec![(0, 0), (1, 1), (2, 2), (3, 3), (4, 4)]),
        (r#"{"pattern":"a|ab"}"#, b"ab abab", vec![(0, 1), (3, 4), (5, 6)]),
        (r#"{"pattern":"^a"}"#, b"aaa", vec![(0, 1)]),
        (r#"{"pattern":"\\Aa|\\w\\z"}"#, b"aab", vec![(0, 1), (2, 3)]),
        (r#"{"pattern":"\\bfoo\\b"}"#, b"foofoo foo", vec![(7, 10)]),
        (r#"{"pattern":"STRASSE|\u00c9","ignoreCase":true}"#, "strasse \u{e9}".as_bytes(), vec![(0, 7), (8, 10)]),
        (r#"{"pattern":".","unicode":false}"#, b"\xff\x00", vec![(0, 1), (1, 2)]),
        (r#"{"pattern":"b"}"#, b"aaa", vec![]),
        (r#"{"pattern":"$"}"#, b"", vec![(0, 0)]),
    ] {
        assert_eq!(Loaded::new(config).unwrap().spans(line), wanted, "{config} in {line:?}");
    }
}
