//! Write plugins for plughost in safe Rust: implement [`Plugin`], and [`Filter`], [`Transform`] or [`Exporter`], and
//! [`export!`] it from a `cdylib`.
//!
//! A panic never leaves the plugin: it becomes an error, and the instance takes no further calls.
#![warn(missing_docs)]

#[cfg(panic = "abort")]
compile_error!(
    "a plugin must be built with panic = \"unwind\": with \"abort\" a panic would end the host, \
     since catch_unwind is silently without effect"
);

pub mod abi;
#[doc(hidden)]
pub mod entry;
mod error;
mod manifest;
mod plugin;
mod views;

pub use abi::Span;
pub use error::Error;
#[doc(hidden)]
pub use manifest::{manifest, manifest_len};
pub use plugin::{Exporter, Filter, Plugin, Transform};
pub use views::{Changes, Context, Found, Host, Keep, Level, Lines, Output, Sink};
