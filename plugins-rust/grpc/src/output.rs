//! What the program prints: lines of its standard output until the handshake, and after that records for the log.
use plughost::{Host, Level};
use serde::Deserialize;
use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read};
use std::sync::mpsc::{channel, Receiver};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

/// Bytes of a line that are kept. What is beyond is dropped.
const MAX_LINE: usize = 64 << 10;
/// How many lines of standard error an error shows.
const SHOWN: usize = 10;

/// The last lines of standard error.
pub type LastWords = Arc<Mutex<VecDeque<String>>>;

/// Reads standard output on a thread of its own, to its end. Returns the lines that come before anybody has dropped the
/// receiver; all later ones are logged.
pub fn read_output(output: impl Read + Send + 'static, host: Host) -> Receiver<String> {
    let (sender, lines) = channel();
    thread::spawn(move || {
        each_line(output, |line| {
            if let Err(unsent) = sender.send(line) {
                host.log(Level::Info, &unsent.0);
            }
        });
    });
    lines
}

/// Reads standard error on a thread of its own, to its end, and logs it. Leaves out records below the level `info`: go-plugin
/// writes such about itself at each start, whatever the program asks for.
pub fn read_errors(errors: impl Read + Send + 'static, host: Host) -> LastWords {
    let last = LastWords::default();
    let kept = last.clone();
    thread::spawn(move || {
        each_line(errors, |line| {
            if line.trim().is_empty() {
                return;
            }
            let Some((level, message)) = record(&line) else { return };
            host.log(level, &message);
            let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
            if kept.len() == SHOWN {
                kept.pop_front();
            }
            kept.push_back(message);
        });
    });
    last
}

/// A record of hclog, which go-plugin's programs write to standard error.
#[derive(Deserialize)]
struct Record {
    #[serde(rename = "@level")]
    level: String,
    #[serde(rename = "@message")]
    message: String,
}

/// Returns the level and the text of a line, or nothing for a record that is left out.
fn record(line: &str) -> Option<(Level, String)> {
    let Ok(Record { level, message }) = serde_json::from_str(line) else {
        return Some((Level::Info, line.to_string()));
    };
    match level.as_str() {
        "trace" | "debug" => None,
        "warn" => Some((Level::Warning, message)),
        "error" => Some((Level::Error, message)),
        _ => Some((Level::Info, message)),
    }
}

fn each_line(input: impl Read, mut visit: impl FnMut(String)) {
    let mut input = BufReader::new(input);
    let mut line = Vec::new();
    loop {
        line.clear();
        match input.by_ref().take(MAX_LINE as u64).read_until(b'\n', &mut line) {
            Ok(0) | Err(_) => return,
            Ok(_) => {}
        }
        let is_whole = line.ends_with(b"\n");
        visit(String::from_utf8_lossy(&line).trim_end_matches(['\r', '\n']).to_string());
        if !is_whole && line.len() == MAX_LINE && skip_line(&mut input).is_err() {
            return;
        }
    }
}

fn skip_line(input: &mut impl BufRead) -> std::io::Result<()> {
    loop {
        let buffer = input.fill_buf()?;
        let (used, done) = match memchr::memchr(b'\n', buffer) {
            Some(at) => (at + 1, true),
            None => (buffer.len(), buffer.is_empty()),
        };
        input.consume(used);
        if done {
            return Ok(());
        }
    }
}
