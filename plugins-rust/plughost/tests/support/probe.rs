//! A plugin that filters and transforms, and an instance of it, for tests of the C functions.
#![allow(dead_code)]

use crate::support::{bytes, ctx, message, sink};
use plughost::abi::{self};
use plughost::{
    Changes, Context, Error, Filter, Found, Host, Keep, Level, Lines, Output, Plugin, Sink, Spans, Transform,
};
use std::ffi::CStr;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::Mutex;

/// Does what its configuration says, and counts its drops.
pub struct Probe {
    config: String,
    host: Host,
}

pub static DROPS: AtomicU32 = AtomicU32::new(0);

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

    fn name(&self) -> &CStr {
        match self.config.as_str() {
            "filter alone" => c"Filter alone",
            "panic in name" => panic!("name gave up"),
            _ => Self::NAME,
        }
    }

    fn offers(&self, id: &CStr) -> bool {
        self.config != "filter alone" || id == abi::FILTER_ID
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
    fn spans(&self, _: &mut Vec<u8>, ctx: &Context, line: &[u8], spans: &mut Spans) -> Result<(), Error> {
        if ctx.cancelled() {
            return Err(Error::cancelled());
        }
        if line == b"backwards" {
            return spans.add(2, 1);
        }
        let mut digits = line.iter().enumerate().filter(|(_, byte)| byte.is_ascii_digit());
        digits.try_for_each(|(i, _)| spans.add(i, i + 1))
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

pub struct Instance(pub *mut abi::Plugin);

impl Instance {
    pub fn new() -> Self {
        Instance(NewPlugin())
    }
    pub fn init(&self, host: &abi::Host, config: &str, error: &mut abi::Error) -> i32 {
        // SAFETY: The instance is not destroyed, and every pointer lives for the call.
        unsafe { (*self.0).init.unwrap()(self.0, host, bytes(config.as_bytes()), error) }
    }
    pub fn run(&self, out: &mut Vec<u8>, error: &mut abi::Error) -> i32 {
        let mut sink = sink(out);
        // SAFETY: The instance is not destroyed, and every pointer lives for the call.
        unsafe { (*self.0).run.unwrap()(self.0, &ctx(), &mut sink, error) }
    }
    pub fn filter(&self) -> &abi::Filter {
        // SAFETY: The instance is not destroyed, and every pointer lives for the call.
        unsafe { &*(*self.0).extension.unwrap()(self.0, abi::FILTER_ID.as_ptr()).cast::<abi::Filter>() }
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        // SAFETY: The instance is not destroyed before, and nothing uses it afterwards.
        unsafe { (*self.0).destroy.unwrap()(self.0) }
    }
}

/// All tests share the drop counter and the log, so the tests that read them take turns.
pub static SERIAL: Mutex<()> = Mutex::new(());

pub fn alone() -> impl Drop {
    SERIAL.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

/// Checks that the message names a line of this file and the text of the panic.
pub fn assert_panicked(error: &abi::Error, words: &str) {
    let message = message(error);
    let place = message.strip_prefix("the plugin panicked at ").and_then(|rest| rest.strip_suffix(words));
    let (file, line) = place.and_then(|place| place.trim_end_matches(": ").rsplit_once(':')).expect(message);
    assert!(file.ends_with("probe.rs") && line.parse::<u32>().is_ok(), "{message}");
}
