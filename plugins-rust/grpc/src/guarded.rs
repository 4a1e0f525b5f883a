//! A program that ends when this process ends, in whatever way.
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

/// The descriptors of the guard, beside its standard ones: `native/runner/guard/guard.hpp` describes them.
const REPORT: RawFd = 3;
const INHERITED: RawFd = 4;

/// A program and its guard, `plughost-runner guard`: the parent of the program, which kills it and all its descendants and
/// removes its folder when this process is gone. Dropping it does the same.
pub struct Guarded {
    guard: Child,
    lifeline: Option<ChildStdin>,
    report: BufReader<File>,
    pub output: Option<ChildStdout>,
    pub errors: Option<ChildStderr>,
}

/// What to start.
pub struct Program<'a> {
    pub runner: &'a Path,
    pub program: &'a str,
    pub arguments: &'a [String],
    pub environment: Vec<(String, String)>,
    /// A folder that belongs to the program; the guard removes it.
    pub folder: PathBuf,
    /// The program gets it as descriptor 3.
    pub inherited: BorrowedFd<'a>,
}

impl Guarded {
    /// Starts a program and waits until it runs.
    pub fn start(program: Program) -> Result<Guarded, String> {
        let (report, written) = pipe().map_err(|error| format!("a pipe for it: {error}"))?;
        let (written_number, inherited) = (written.as_raw_fd(), program.inherited.as_raw_fd());
        let mut command = Command::new(program.runner);
        command
            .arg("guard")
            .arg(&program.folder)
            .args(["1", program.program])
            .args(program.arguments)
            .env_clear()
            .envs(program.environment)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            // A signal for the group of this process is not for the guard, which cleans up.
            .process_group(0);
        // SAFETY: The closure runs between fork and exec, and makes only system calls.
        unsafe {
            command.pre_exec(move || {
                // Both may have one of the numbers that they shall get, so they go out of the way first.
                let report = checked(libc::fcntl(written_number, libc::F_DUPFD_CLOEXEC, INHERITED + 1))?;
                let inherited = checked(libc::fcntl(inherited, libc::F_DUPFD_CLOEXEC, INHERITED + 1))?;
                checked(libc::dup2(report, REPORT))?;
                checked(libc::dup2(inherited, INHERITED))?;
                Ok(())
            });
        }
        let mut guard = command.spawn().map_err(|error| format!("start {}: {error}", program.runner.display()))?;
        drop(written);
        let mut started = Guarded {
            lifeline: guard.stdin.take(),
            output: guard.stdout.take(),
            errors: guard.stderr.take(),
            guard,
            report: BufReader::new(report),
        };
        let mut line = String::new();
        started.report.read_line(&mut line).map_err(|error| format!("the report of its guard: {error}"))?;
        match line.trim().split_once(' ') {
            Some(("started", _)) => Ok(started),
            Some(("refused", errno)) => {
                let reason = io::Error::from_raw_os_error(errno.parse().unwrap_or_default());
                Err(format!("{} cannot be executed: {reason}", program.program))
            }
            _ => Err("its guard ended before it started the program".to_string()),
        }
    }

    /// Kills the program and all its descendants, and returns how the program ended: `exited STATUS`, `killed SIGNAL`, or
    /// nothing if that is not known.
    pub fn end(&mut self) -> String {
        drop(self.lifeline.take());
        let mut report = String::new();
        // The guard closes the report when everything is gone.
        let _ = self.report.read_to_string(&mut report);
        let _ = self.guard.wait();
        report.trim().to_string()
    }

    /// Waits until the guard has more to report: that the program has ended.
    pub fn await_end(&mut self, limit: Duration) {
        let mut report = libc::pollfd { fd: self.report.get_ref().as_raw_fd(), events: libc::POLLIN, revents: 0 };
        // SAFETY: There is one entry.
        unsafe { libc::poll(&mut report, 1, limit.as_millis() as i32) };
    }

    /// Sends the program SIGTERM.
    pub fn terminate(&mut self) {
        if let Some(lifeline) = &mut self.lifeline {
            let _ = lifeline.write_all(b"t");
        }
    }
}

impl Drop for Guarded {
    fn drop(&mut self) {
        self.end();
    }
}

fn checked(result: i32) -> io::Result<i32> {
    if result < 0 {
        Err(io::Error::last_os_error())
    } else {
        Ok(result)
    }
}

fn pipe() -> io::Result<(File, OwnedFd)> {
    let mut ends = [0; 2];
    // SAFETY: The array has room for both descriptors.
    checked(unsafe { libc::pipe2(ends.as_mut_ptr(), libc::O_CLOEXEC) })?;
    // SAFETY: The system has just opened both, and nobody else knows them.
    Ok(unsafe { (File::from_raw_fd(ends[0]), OwnedFd::from_raw_fd(ends[1])) })
}
