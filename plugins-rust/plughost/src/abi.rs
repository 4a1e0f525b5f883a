//! The C structs of `native/include/plughost/`, field by field. `abi.lock` holds both sides to the same layout.
#![allow(missing_docs)]

pub use crate::kinds::abi::*;
use std::ffi::{c_char, c_void};
use std::mem::{offset_of, size_of};

pub const MAJOR: u32 = 1;
pub const MINOR: u32 = 2;
pub const MAGIC: u32 = 0x4755_4c50;
pub const ERROR_MESSAGE_MAX: usize = 492;
pub const TRANSFORM_SAME: u32 = u32::MAX;
/// The smallest `size` that a plugin struct may state, in bytes. Later versions of the contract only add fields.
pub const PLUGIN_LEAST: usize = offset_of!(Plugin, extension) + size_of::<*const ()>();
pub const LOG_PLUGIN_MISBEHAVING: i32 = 5;

pub mod status {
    pub const OK: i32 = 0;
    pub const UNCHANGED: i32 = 1;
    pub const INVALID: i32 = -1;
    pub const CONFIG: i32 = -2;
    pub const NOMEM: i32 = -3;
    pub const IO: i32 = -4;
    pub const AGAIN: i32 = -5;
    pub const CANCELLED: i32 = -6;
    pub const ABI: i32 = -7;
    pub const PANIC: i32 = -8;
    pub const INTERNAL: i32 = -9;
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct Bytes {
    pub data: *const u8,
    pub len: u64,
}

/// A line inside a block, without its newline.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Span {
    pub offset: u32,
    pub length: u32,
}

#[repr(C)]
pub struct Lines {
    pub size: u32,
    pub count: u32,
    pub spans: *const Span,
    pub block: Bytes,
    pub block_offset: u64,
    pub input: u32,
    pub reserved: u32,
    pub origins: *const u64,
    pub numbers: *const u64,
    pub input_name: *const Bytes,
}

#[repr(C)]
pub struct Error {
    pub size: u32,
    pub code: i32,
    pub offset: u64,
    pub len: u32,
    pub message: [u8; ERROR_MESSAGE_MAX],
}

#[repr(C)]
pub struct Sink {
    pub size: u32,
    pub reserved: u32,
    pub this: *mut c_void,
    pub write: Option<unsafe extern "C" fn(*mut Sink, *const c_void, u64) -> i32>,
    pub reserve: Option<unsafe extern "C" fn(*mut Sink, u64) -> *mut u8>,
    pub commit: Option<unsafe extern "C" fn(*mut Sink, u64) -> i32>,
}

#[repr(C)]
pub struct Ctx {
    pub size: u32,
    pub worker: u32,
    pub cancel: *const u32,
    pub deadline_ns: u64,
}

#[repr(C)]
pub struct Host {
    pub size: u32,
    pub abi_major: u16,
    pub abi_minor: u16,
    pub this: *mut c_void,
    pub log: Option<unsafe extern "C" fn(*const Host, i32, Bytes)>,
    pub now_ns: Option<unsafe extern "C" fn(*const Host) -> u64>,
    pub extension: Option<unsafe extern "C" fn(*const Host, *const c_char) -> *const c_void>,
}

#[repr(C)]
pub struct Plugin {
    pub size: u32,
    pub magic: u32,
    pub abi_major: u32,
    pub abi_minor: u32,
    pub flags: u32,
    pub reserved: u32,
    pub this: *mut c_void,
    pub name: Option<unsafe extern "C" fn(*const Plugin) -> *const c_char>,
    pub init: Option<unsafe extern "C" fn(*mut Plugin, *const Host, Bytes, *mut Error) -> i32>,
    pub run: Option<unsafe extern "C" fn(*mut Plugin, *const Ctx, *mut Sink, *mut Error) -> i32>,
    pub destroy: Option<unsafe extern "C" fn(*mut Plugin)>,
    pub extension: Option<unsafe extern "C" fn(*const Plugin, *const c_char) -> *const c_void>,
}

/// 8 bytes: a span of text, an integer or a double, as the type of the column says.
#[repr(C)]
#[derive(Clone, Copy)]
pub union Cell {
    pub text: Span,
    pub integer: i64,
    pub real: f64,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct Column {
    pub cells: *mut Cell,
    pub valid: *mut u64,
}

#[repr(C)]
pub struct Field {
    pub size: u32,
    pub kind: u32,
    pub name: *const c_char,
    pub description: *const c_char,
}

#[repr(C)]
pub struct Schema {
    pub size: u32,
    pub count: u32,
    pub fields: *const *const Field,
}

#[repr(C)]
pub struct Rows {
    pub size: u32,
    pub count: u32,
    pub lines: *const Lines,
    pub schema: *const Schema,
    pub columns: *const Column,
    pub made: Bytes,
}

pub type StateNew = unsafe extern "C" fn(*const Plugin, *mut Error) -> *mut c_void;
pub type StateFree = unsafe extern "C" fn(*const Plugin, *mut c_void);
