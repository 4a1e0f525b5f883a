//! The host side of the contract, for tests.
#![allow(dead_code)]
use plughost::abi::{self, status};
use std::ffi::c_void;
use std::ptr::null_mut;
use std::sync::atomic::AtomicU32;
use std::sync::Mutex;

/// The log lines of plugins: level and text.
pub static LOGGED: Mutex<Vec<String>> = Mutex::new(Vec::new());
/// The cancel word of every context.
pub static CANCEL: AtomicU32 = AtomicU32::new(0);

unsafe extern "C" fn log(_: *const abi::Host, level: i32, message: abi::Bytes) {
    // SAFETY: The SDK passes a text with its length.
    let bytes = unsafe { std::slice::from_raw_parts(message.data, message.len as usize) };
    LOGGED.lock().unwrap().push(format!("{level} {}", String::from_utf8_lossy(bytes)));
}

unsafe extern "C" fn write(sink: *mut abi::Sink, data: *const c_void, len: u64) -> i32 {
    // SAFETY: `sink` stores a vector there, which outlives the sink, and the SDK passes `len` bytes.
    let (out, bytes) =
        unsafe { (&mut *(*sink).this.cast::<Vec<u8>>(), std::slice::from_raw_parts(data.cast(), len as usize)) };
    out.extend_from_slice(bytes);
    status::OK
}

pub fn sink(out: &mut Vec<u8>) -> abi::Sink {
    abi::Sink {
        size: size_of::<abi::Sink>() as u32,
        reserved: 0,
        this: (out as *mut Vec<u8>).cast(),
        write: Some(write),
        reserve: None,
        commit: None,
    }
}

pub fn host() -> abi::Host {
    let size = size_of::<abi::Host>() as u32;
    abi::Host { size, abi_major: 1, abi_minor: 0, this: null_mut(), log: Some(log), now_ns: None, extension: None }
}

pub fn error() -> abi::Error {
    abi::Error { size: 512, code: 0, offset: 0, len: 0, message: [0; abi::ERROR_MESSAGE_MAX] }
}

pub fn message(error: &abi::Error) -> &str {
    std::str::from_utf8(&error.message[..error.len as usize]).unwrap()
}

pub fn bytes(text: &[u8]) -> abi::Bytes {
    abi::Bytes { data: text.as_ptr(), len: text.len() as u64 }
}

pub fn ctx() -> abi::Ctx {
    abi::Ctx { size: size_of::<abi::Ctx>() as u32, worker: 3, cancel: CANCEL.as_ptr(), deadline_ns: 0 }
}
