//! Messages of panics, the host after the plugin is destroyed, and errors of standard I/O.
mod support;

use plughost::abi::status;
use plughost::{Context, Error, Host, Level, Plugin, Sink};
use std::ffi::CStr;
use std::io::{self, Write};
use std::sync::Mutex;
use std::{process::Command, thread};
use support::{bytes, ctx, error, host, message, sink, LOGGED};

/// A clone of the host of the last instance. It outlives the plugin.
static KEPT: Mutex<Option<Host>> = Mutex::new(None);

struct Loose(Host, Vec<u8>);

impl Drop for Loose {
    fn drop(&mut self) {
        self.0.log(Level::Info, "dropped");
        if self.1 == b"panic in drop" {
            panic!("while it is dropped");
        }
    }
}

impl Plugin for Loose {
    const NAME: &'static CStr = c"Loose";

    fn new(config: &[u8], host: Host) -> Result<Self, Error> {
        *KEPT.lock().unwrap() = Some(host.clone());
        Ok(Loose(host, config.to_vec()))
    }

    fn run(&self, _: &Context, out: &mut Sink) -> Result<(), Error> {
        match self.1.as_slice() {
            b"panic" => panic!("raw words"),
            b"panic in thread" => assert!(thread::spawn(|| panic!("words of a thread")).join().is_err()),
            b"caught" => assert!(std::panic::catch_unwind(|| panic!("caught by the plugin")).is_err()),
            b"io" => Err(io::Error::new(io::ErrorKind::NotFound, "there is no such thing"))?,
            b"memory" => Err(io::Error::from(io::ErrorKind::OutOfMemory))?,
            _ => {}
        }
        write!(out, "{}", self.1.len())?;
        Ok(())
    }
}

plughost::export!(Loose, { "id": "org.plughost.test.loose", "name": "loose", "version": "0.1.0" });

/// The log and the panic hook belong to the process, so the tests that use them take turns.
static SERIAL: Mutex<()> = Mutex::new(());

/// Returns the status of `run` with this configuration, its message, and the log from `init` to after `destroy`.
fn run(config: &str) -> (i32, String, Vec<String>) {
    let (host, mut error, mut out) = (host(), error(), Vec::new());
    LOGGED.lock().unwrap().clear();
    // SAFETY: The instance is not destroyed, and every pointer lives for the call.
    let status = unsafe {
        let plugin = NewPlugin();
        assert_eq!((*plugin).init.unwrap()(plugin, &host, bytes(config.as_bytes()), &mut error), status::OK);
        let status = (*plugin).run.unwrap()(plugin, &ctx(), &mut sink(&mut out), &mut error);
        (*plugin).destroy.unwrap()(plugin);
        status
    };
    let logged = LOGGED.lock().unwrap().clone();
    (status, message(&error).to_string(), logged)
}

#[test]
fn a_host_that_outlives_the_plugin_does_nothing() {
    let _alone = SERIAL.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    let (status, _, logged) = run("fine");
    assert_eq!((status, logged), (status::OK, vec!["1 dropped".to_string()]));
    let kept = KEPT.lock().unwrap().take().unwrap();
    LOGGED.lock().unwrap().clear();
    // The host struct is gone now. The clone must look at its connection and not at the struct.
    kept.log(Level::Error, "from beyond");
    assert_eq!((kept.now_ns(), LOGGED.lock().unwrap().len()), (0, 0));
    let copy = kept.clone();
    thread::spawn(move || copy.log(Level::Error, "from beyond")).join().unwrap();
    assert_eq!(LOGGED.lock().unwrap().len(), 0);
}

#[test]
fn a_thread_that_logs_while_the_plugin_is_destroyed_never_meets_a_host_that_is_gone() {
    let _alone = SERIAL.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    for _ in 0..200 {
        let host = Box::into_raw(Box::new(host()));
        // SAFETY: The instance is not destroyed, and every pointer lives for the call.
        unsafe {
            let plugin = NewPlugin();
            (*plugin).init.unwrap()(plugin, host, bytes(b"fine"), &mut error());
            let kept = KEPT.lock().unwrap().take().unwrap();
            let logging = thread::spawn(move || (0..100).for_each(|_| kept.log(Level::Info, "still here")));
            (*plugin).destroy.unwrap()(plugin);
            // Poisons the struct: a call through it would crash.
            (*host).log = None;
            drop(Box::from_raw(host));
            logging.join().unwrap();
        }
    }
}

#[test]
fn errors_of_standard_io_become_errors_of_the_call() {
    let _alone = SERIAL.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    let (code, message, _) = run("io");
    assert_eq!((code, message.as_str()), (status::IO, "there is no such thing"));
    assert_eq!(run("memory").0, status::NOMEM);
    // An error of the sink itself is returned unchanged.
    let refused = Error::from(io::Error::other(Error::cancelled()));
    assert_eq!(refused.code(), status::CANCELLED);
}

#[test]
fn a_panic_that_belongs_to_no_call_is_logged() {
    let _alone = SERIAL.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    let (status, _, logged) = run("panic in thread");
    assert_eq!(status, status::OK);
    assert_eq!(logged.len(), 2);
    assert!(
        logged[0].starts_with("5 the plugin panicked at ") && logged[0].ends_with(": words of a thread"),
        "{logged:?}"
    );
    let (_, _, logged) = run("panic in drop");
    assert!(logged[1].ends_with(": while it is dropped"), "{logged:?}");
}

/// Runs this test program again in processes of their own and reads their standard error.
#[test]
fn no_panic_in_a_call_writes_to_standard_error() {
    if let Ok(config) = std::env::var("LOOSE_CONFIG") {
        run(&config);
        return;
    }
    for config in ["panic", "panic in thread", "panic in drop", "caught"] {
        let mut again = Command::new(std::env::current_exe().unwrap());
        let name = "no_panic_in_a_call_writes_to_standard_error";
        let out = again.args(["--exact", name, "--nocapture"]).env("LOOSE_CONFIG", config).output().unwrap();
        assert!(out.status.success(), "{config}: {out:?}");
        assert_eq!(String::from_utf8_lossy(&out.stderr), "", "{config}");
    }
}
