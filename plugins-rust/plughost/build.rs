//! Sets PLUGHOST_COMPILER, the line of the manifest that names compiler and target: `rustc 1.95.0 x86_64-linux`.
use std::{env, process::Command};

fn main() {
    let rustc = env::var("RUSTC").unwrap_or_else(|_| "rustc".into());
    let version = Command::new(rustc).arg("--version").output();
    let version = version.ok().and_then(|out| String::from_utf8(out.stdout).ok()).unwrap_or_default();
    let number = version.split_whitespace().nth(1).unwrap_or("unknown");
    let architecture = match env::var("CARGO_CFG_TARGET_ARCH").unwrap_or_default().as_str() {
        "x86" => "i386".to_string(),
        other => other.to_string(),
    };
    let os = match env::var("CARGO_CFG_TARGET_OS").unwrap_or_default().as_str() {
        "macos" => "darwin".to_string(),
        other => other.to_string(),
    };
    println!("cargo:rustc-env=PLUGHOST_COMPILER=rustc {number} {architecture}-{os}");
    println!("cargo:rerun-if-changed=build.rs");
}
