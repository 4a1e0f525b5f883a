//! Write plugins for plughost in safe Rust: implement [`Plugin`], and [`Filter`], [`Transform`] or [`Exporter`], and
//! [`export!`] it from a `cdylib`.
//!
//! The SDK turns a panic in a call of the host into an error, and refuses further calls of that instance. A plugin cannot
//! catch these, and they end the process that it runs in:
//! - a panic while another panic unwinds, in the `drop` of a thread-local, in a C function, or in a panic hook that the
//!   plugin has set;
//! - an allocation that fails (use `try_reserve` for large ones);
//! - `abort` and `exit`.
//!
//! A host that isolates the plugin survives these too.
#![warn(missing_docs, unsafe_op_in_unsafe_fn, clippy::undocumented_unsafe_blocks, clippy::missing_safety_doc)]

#[cfg(panic = "abort")]
compile_error!(
    "a plugin must be built with panic = \"unwind\": with \"abort\" a panic would end the host, \
     because catch_unwind has no effect then"
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
mod rows;
mod sink;
mod views;

pub use abi::Span;
pub use error::Error;
pub use host::{Host, Level};
pub use kinds::aggregator::Aggregates;
pub use kinds::traits::*;
#[doc(hidden)]
pub use manifest::{manifest, manifest_len};
pub use plugin::Plugin;
pub use rows::{Cells, Field, Outputs, Results, Rows, Type};
pub use sink::Sink;
pub use views::{Changes, Context, Fits, Found, Keep, Lines, Output, Spans};

/// The README's plugin is compiled by the tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
