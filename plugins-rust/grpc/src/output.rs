//! What the program prints: lines of its standard output until the handshake, and after that records for the log.
use plughost::{Host, Level};
use serde::Deserialize;
use std::collections::VecDeque;
use std::io::Read;
use std::sync::mpsc::{channel, Receiver, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

/// Bytes of a line that are kept. What is beyond is dropped.
const MAX_LINE: usize = 64 << 10;
/// How many lines of standard error an error shows.
const SHOWN: usize = 10;
/// How long the last lines of a program that has ended may take to arrive.
const PATIENCE: Duration = Duration::from_secs(1);

/// Takes what the program prints, on any thread.
#[derive(Clone)]
pub struct Printed {
    host: Host,
    last: Arc<Mutex<VecDeque<String>>>,
    /// Threads that read have a clone.
    _reading: Sender<()>,
}

/// The last lines of standard error, for the error of a program that has ended.
pub struct LastWords {
    last: Arc<Mutex<VecDeque<String>>>,
    read: Mutex<Receiver<()>>,
}

impl LastWords {
    /// Returns the last lines. Waits until all that was printed is read.
    pub fn take(&self) -> Vec<String> {
        let _ = self.read.lock().unwrap_or_else(PoisonError::into_inner).recv_timeout(PATIENCE);
        self.last.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }
}

impl Printed {
    pub fn new(host: Host) -> (Printed, LastWords) {
        let (reading, read) = channel();
        let last = Arc::default();
        (Printed { host, last: Arc::clone(&last), _reading: reading }, LastWords { last, read: Mutex::new(read) })
    }

    /// Logs a line of standard output.
    pub fn output(&self, line: &str) {
        self.host.log(Level::Info, line);
    }

    /// Logs a line of standard error. Leaves out records below the level `info`: go-plugin writes such about itself at each
    /// start, whatever the program asks for.
    pub fn error(&self, line: &str) {
        if line.trim().is_empty() {
            return;
        }
        let Some((level, message)) = record(line) else { return };
        self.host.log(level, &message);
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if last.len() == SHOWN {
            last.pop_front();
        }
        last.push_back(message);
    }
}

/// Reads standard output on a thread of its own, to its end. Returns the lines that come before anybody has dropped the
/// receiver; all later ones are logged.
pub fn read_output(output: impl Read + Send + 'static, printed: Printed) -> Receiver<String> {
    let (sender, lines) = channel();
    thread::spawn(move || {
        each_line(output, |line| {
            if let Err(unsent) = sender.send(line) {
                printed.output(&unsent.0);
            }
        });
    });
    lines
}

/// Reads standard error on a thread of its own, to its end.
pub fn read_errors(errors: impl Read + Send + 'static, printed: Printed) {
    thread::spawn(move || each_line(errors, |line| printed.error(&line)));
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

/// Cuts bytes that come in pieces into lines. Of a line that is too long, only the beginning is kept.
#[derive(Default)]
pub struct Lines {
    line: Vec<u8>,
    /// The line was too long, and its beginning was passed on.
    cut: bool,
}

impl Lines {
    /// Passes on each line that ends in this piece.
    pub fn add(&mut self, mut piece: &[u8], mut visit: impl FnMut(String)) {
        while let Some(newline) = memchr::memchr(b'\n', piece) {
            self.append(&piece[..newline], &mut visit);
            self.end(&mut visit);
            piece = &piece[newline + 1..];
        }
        self.append(piece, &mut visit);
    }

    /// Passes on a last line without newline.
    pub fn finish(mut self, mut visit: impl FnMut(String)) {
        if !self.line.is_empty() {
            self.end(&mut visit);
        }
    }

    fn append(&mut self, part: &[u8], visit: &mut impl FnMut(String)) {
        if self.cut {
            return;
        }
        let kept = part.len().min(MAX_LINE - self.line.len());
        self.line.extend_from_slice(&part[..kept]);
        if self.line.len() == MAX_LINE {
            self.end(visit);
            self.cut = true;
        }
    }

    fn end(&mut self, visit: &mut impl FnMut(String)) {
        if !self.cut {
            visit(String::from_utf8_lossy(&self.line).trim_end_matches('\r').to_string());
            self.line.clear();
        }
        self.cut = false;
    }
}

fn each_line(mut input: impl Read, mut visit: impl FnMut(String)) {
    let mut lines = Lines::default();
    let mut piece = [0; 8192];
    loop {
        match input.read(&mut piece) {
            Ok(0) => break,
            Ok(size) => lines.add(&piece[..size], &mut visit),
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(_) => break,
        }
    }
    lines.finish(visit);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(pieces: &[&[u8]]) -> Vec<String> {
        let (mut lines, mut seen) = (Lines::default(), Vec::new());
        pieces.iter().for_each(|piece| lines.add(piece, |line| seen.push(line)));
        lines.finish(|line| seen.push(line));
        seen
    }

    #[test]
    fn pieces_become_lines() {
        assert_eq!(cut(&[b"a", b"b\nc\r\n\n", b"d"]), ["ab", "c", "", "d"]);
        assert_eq!(cut(&[b"a\n"]), ["a"]);
        assert!(cut(&[b""]).is_empty());
    }

    #[test]
    fn a_long_line_is_passed_on_once_before_it_ends() {
        let long = vec![b'x'; MAX_LINE + 5];
        for pieces in [&[&long[..], b"yy\nz\n"][..], &[&long[..MAX_LINE], b"\nz"], &[&long[..MAX_LINE - 1], b"xyz\nz"]]
        {
            let lines = cut(pieces);
            assert_eq!((lines[0].len(), &lines[1..]), (MAX_LINE, &["z".to_string()][..]));
        }
        assert_eq!(cut(&[&long]).len(), 1);
    }
}
