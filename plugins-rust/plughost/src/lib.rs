//! Write plugins for plughost in safe Rust: implement [`Plugin`], and [`Filter`], [`Transform`] or [`Exporter`], and
//! [`export!`] it from a `cdylib`.
//!
//! A panic in a call of the host becomes an error, and the instance takes no further calls. What no plugin can catch, and
//! so ends the process that it runs in: a panic while another one unwinds, a panic in the `drop` of a thread-local, in a
//! function of C or in a panic hook of the plugin's own, memory that the global allocator cannot get (`try_reserve`
//! tells of that instead), `abort` and `exit`. A host that isolates the plugin survives these too.
#![warn(missing_docs, unsafe_op_in_unsafe_fn, clippy::undocumented_unsafe_blocks, clippy::missing_safety_doc)]

#[cfg(panic = "abort")]
compile_error!(
    "a plugin must be built with panic = \"unwind\": with \"abort\" a panic would end the host, \
     since catch_unwind is silently without effect"
);

pub mod abi;
#[doc(hidden)]
pub mod entry;
mod error;
mod host;
#[doc(hidden)]
pub mod kinds;
mod manifest;
mod panics;
mod plugin;
mod sink;
mod views;

pub use abi::Span;
pub use error::Error;
pub use host::{Host, Level};
pub use kinds::traits::*;
#[doc(hidden)]
pub use manifest::{manifest, manifest_len};
pub use plugin::Plugin;
pub use sink::Sink;
pub use views::{Changes, Context, Found, Keep, Lines, Output, Places};

/// The README's plugin is compiled by the tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
