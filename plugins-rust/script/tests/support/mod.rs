//! A script, loaded as the host loads it, for tests.
#![allow(dead_code)]
#[path = "../../../plughost/tests/support/mod.rs"]
mod host;

#[allow(unused_imports)]
pub use host::{CANCEL, LOGGED};
use plughost::abi::{self, status};
use plughost::Span;
use script_plugin::NewPlugin;
use std::ffi::{c_void, CStr};
use std::ptr::null;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Scripts log, and contexts share the cancel word, so the tests that use either take turns.
static SERIAL: Mutex<()> = Mutex::new(());

pub fn alone() -> MutexGuard<'static, ()> {
    SERIAL.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A manifest with these further fields.
pub fn manifest(fields: &str) -> String {
    format!("/* plughost {{ \"id\": \"org.example.x\", \"name\": \"x\", \"version\": \"1.0.0\"{fields} }} */")
}

/// A script of one file. The code stands on the first line, after the manifest.
pub fn script(code: &str) -> Result<Script, String> {
    Script::new(&[("x.js", &format!("{} {code}", manifest("")))], "{}")
}

/// A script whose default export returns this object.
pub fn offering(object: &str) -> Script {
    script(&format!("\nexport default () => ({{ {object} }});")).unwrap()
}

/// What a call failed with: the status, the message, and the offset in the block.
#[derive(Debug, PartialEq, Eq)]
pub struct Fault(pub i32, pub String, pub Option<u64>);

impl Fault {
    fn of(error: &abi::Error) -> Self {
        Fault(error.code, host::message(error).to_string(), (error.offset != u64::MAX).then_some(error.offset))
    }
}

pub struct Script {
    plugin: *mut abi::Plugin,
    // The plugin keeps its address.
    _host: Box<abi::Host>,
}

impl Drop for Script {
    fn drop(&mut self) {
        // SAFETY: The instance is not destroyed before, and nothing uses it afterwards.
        unsafe { (*self.plugin).destroy.unwrap()(self.plugin) }
    }
}

impl Script {
    pub fn new(files: &[(&str, &str)], config: &str) -> Result<Self, String> {
        let files: Vec<_> =
            files.iter().map(|(name, text)| serde_json::json!({ "name": name, "text": text })).collect();
        let config = format!("{{\"module\":{},\"config\":{config}}}", serde_json::Value::from(files));
        let script = Script { plugin: NewPlugin(), _host: Box::new(host::host()) };
        let mut error = host::error();
        // SAFETY: The instance is not destroyed, and every pointer lives for the call.
        let code = unsafe {
            (*script.plugin).init.unwrap()(script.plugin, &*script._host, host::bytes(config.as_bytes()), &mut error)
        };
        match code {
            status::OK => Ok(script),
            _ => {
                assert_eq!(error.code, status::CONFIG);
                Err(host::message(&error).to_string())
            }
        }
    }

    pub fn name(&self) -> String {
        // SAFETY: The instance is not destroyed, and a name ends with NUL.
        unsafe { CStr::from_ptr((*self.plugin).name.unwrap()(self.plugin)) }.to_str().unwrap().to_string()
    }

    pub fn run(&self) -> Result<String, Fault> {
        let (mut out, mut error) = (Vec::new(), host::error());
        let mut sink = host::sink(&mut out);
        // SAFETY: The instance is not destroyed, and every pointer lives for the call.
        match unsafe { (*self.plugin).run.unwrap()(self.plugin, &host::ctx(), &mut sink, &mut error) } {
            status::OK => Ok(String::from_utf8(out).unwrap()),
            _ => Err(Fault::of(&error)),
        }
    }

    fn extension<T>(&self, id: &CStr) -> Option<&T> {
        // SAFETY: The instance is not destroyed, and the struct of an id has the type that the callers name.
        unsafe { (*self.plugin).extension.unwrap()(self.plugin, id.as_ptr()).cast::<T>().as_ref() }
    }

    pub fn filter(&self) -> Option<&abi::Filter> {
        self.extension(abi::FILTER_ID)
    }

    pub fn transform(&self) -> Option<&abi::Transform> {
        self.extension(abi::TRANSFORM_ID)
    }

    pub fn exporter(&self) -> Option<&abi::Exporter> {
        self.extension(abi::EXPORTER_ID)
    }

    pub fn worker(&self) -> Worker<'_> {
        let new = self
            .filter()
            .map(|calls| (calls.state_new, calls.state_free))
            .or_else(|| self.transform().map(|calls| (calls.state_new, calls.state_free)))
            .or_else(|| self.exporter().map(|calls| (calls.state_new, calls.state_free)));
        let (new, free) = new.unwrap();
        // SAFETY: The instance is not destroyed, and every pointer lives for the call.
        let state = unsafe { new.unwrap()(self.plugin, &mut host::error()) };
        assert!(!state.is_null());
        Worker { script: self, state, free: free.unwrap() }
    }
}

/// A state of the script's first kind. A script has one kind in these tests, unless all its kinds have states of one type.
pub struct Worker<'a> {
    script: &'a Script,
    state: *mut c_void,
    free: abi::StateFree,
}

impl Drop for Worker<'_> {
    fn drop(&mut self) {
        // SAFETY: The state is not freed before, and nothing uses it afterwards.
        unsafe { (self.free)(self.script.plugin, self.state) }
    }
}

/// Lines in a block.
pub struct Block {
    bytes: Vec<u8>,
    spans: Vec<Span>,
}

impl Block {
    pub fn new(lines: &[&[u8]]) -> Self {
        let mut block = Block { bytes: Vec::new(), spans: Vec::new() };
        for line in lines {
            block.spans.push(Span { offset: block.bytes.len() as u32, length: line.len() as u32 });
            block.bytes.extend_from_slice(line);
            block.bytes.push(b'\n');
        }
        block
    }

    fn lines(&self) -> abi::Lines {
        abi::Lines {
            size: size_of::<abi::Lines>() as u32,
            count: self.spans.len() as u32,
            spans: self.spans.as_ptr(),
            block: host::bytes(&self.bytes),
            block_offset: 100,
            input: 0,
            reserved: 0,
            origins: null(),
            numbers: null(),
            input_name: null(),
        }
    }
}

impl Worker<'_> {
    /// The answers of `match`.
    pub fn matches(&self, line: &[u8]) -> i32 {
        let calls = self.script.filter().unwrap();
        // SAFETY: The instance and the state live, and every pointer lives for the call.
        unsafe { calls.match_.unwrap()(self.script.plugin, self.state, line.as_ptr(), line.len() as u64) }
    }

    pub fn match_batch(&self, lines: &[&[u8]]) -> Result<Vec<bool>, Fault> {
        let calls = self.script.filter().unwrap();
        let (block, mut error) = (Block::new(lines), host::error());
        let mut keep = vec![0u64; lines.len().div_ceil(64)];
        // SAFETY: As above.
        let status = unsafe {
            calls.match_batch.unwrap()(
                self.script.plugin,
                self.state,
                &host::ctx(),
                &block.lines(),
                keep.as_mut_ptr(),
                &mut error,
            )
        };
        match status {
            status::OK => Ok((0..lines.len()).map(|i| keep[i / 64] >> (i % 64) & 1 == 1).collect()),
            _ => Err(Fault::of(&error)),
        }
    }

    /// What `transform` makes of each line, with its newline: `None` when it stays.
    pub fn transform(&self, line: &[u8]) -> Result<Option<Vec<u8>>, Fault> {
        let calls = self.script.transform().unwrap();
        let (mut out, mut error) = (Vec::new(), host::error());
        let mut sink = host::sink(&mut out);
        // SAFETY: As above.
        let status = unsafe {
            calls.transform.unwrap()(
                self.script.plugin,
                self.state,
                line.as_ptr(),
                line.len() as u64,
                &mut sink,
                &mut error,
            )
        };
        match status {
            status::OK => Ok(Some(out)),
            status::UNCHANGED => Ok(None),
            _ => Err(Fault::of(&error)),
        }
    }

    pub fn transform_batch(&self, lines: &[&[u8]]) -> Result<Vec<Option<Vec<u8>>>, Fault> {
        let calls = self.script.transform().unwrap();
        let (block, mut out, mut error) = (Block::new(lines), Vec::new(), host::error());
        let mut lengths = vec![abi::TRANSFORM_SAME; lines.len()];
        let mut sink = host::sink(&mut out);
        // SAFETY: As above.
        let status = unsafe {
            calls.transform_batch.unwrap()(
                self.script.plugin,
                self.state,
                &host::ctx(),
                &block.lines(),
                lengths.as_mut_ptr(),
                &mut sink,
                &mut error,
            )
        };
        if status != status::OK {
            return Err(Fault::of(&error));
        }
        let mut rest = &out[..];
        let made = lengths.iter().map(|&length| {
            let length = (length != abi::TRANSFORM_SAME).then_some(length as usize)?;
            let (made, others) = rest.split_at(length);
            rest = others;
            Some(made.to_vec())
        });
        Ok(made.collect())
    }

    /// What an export of the lines writes.
    pub fn export(&self, lines: &[&[u8]]) -> Result<String, Fault> {
        let calls = self.script.exporter().unwrap();
        let (block, mut out, mut error) = (Block::new(lines), Vec::new(), host::error());
        let mut sink = host::sink(&mut out);
        let mut taken = lines.len() as u32;
        let (plugin, state, ctx) = (self.script.plugin, self.state, host::ctx());
        // SAFETY: As above.
        let done = unsafe {
            calls.begin.unwrap()(plugin, state, &ctx, &mut sink, &mut error) == status::OK
                && calls.write.unwrap()(plugin, state, &ctx, &block.lines(), &mut taken, &mut sink, &mut error)
                    == status::OK
                && calls.end.unwrap()(plugin, state, &ctx, &mut sink, &mut error) == status::OK
        };
        match done {
            true => Ok(String::from_utf8(out).unwrap()),
            false => Err(Fault::of(&error)),
        }
    }
}
