//! The plugins in Rust that are linked into the addon and the runner. One crate holds them all, because each staticlib
//! brings the standard library with it.
#[cfg(feature = "greet-rust")]
extern crate greet_rust as _;
#[cfg(feature = "regex")]
extern crate regex_plugin as _;
