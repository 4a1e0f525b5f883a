//! The program of a plugin: started, connected, and answering.
use crate::guarded::{Guarded, Program};
use crate::handshake::{is_handshake, socket_of, VERSION};
use crate::memory::Memory;
use crate::output::{read_errors, read_output, LastWords, Printed};
use crate::stdio::read_stdio;
use crate::wire::Client;
use hyper_util::rt::TokioIo;
use plughost::Host;
use serde::Deserialize;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::mpsc::RecvTimeoutError;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::net::UnixStream;
use tonic::transport::{Endpoint, Uri};

/// What the host hands over in place of files.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Module {
    pub program: String,
    pub arguments: Vec<String>,
    /// Variables of the environment, by name.
    pub environment: Vec<(String, String)>,
    /// The program `plughost-runner`.
    pub runner: PathBuf,
    /// Where folders for sockets are made.
    pub folder: PathBuf,
}

/// Variables by which go-plugin's programs know a host that speaks with them.
const COOKIE: (&str, &str) = ("PLUGHOST_PLUGIN", "1");

/// How long a program may take until its handshake.
const PATIENCE: Duration = Duration::from_secs(8);
/// Bytes that a program may print before its handshake.
const MAX_BEFORE: usize = 64 << 10;

pub struct Process {
    guarded: Mutex<Guarded>,
    socket: String,
    last_words: LastWords,
    pub memory: Memory,
}

impl Process {
    pub fn start(module: &Module, host: &Host) -> Result<Process, String> {
        let memory = Memory::new(host).map_err(|error| format!("memory for its lines: {error}"))?;
        let folder = make_folder(&module.folder).map_err(|error| format!("a folder for its socket: {error}"))?;
        let mut environment = module.environment.clone();
        let own =
            [COOKIE, ("PLUGIN_PROTOCOL_VERSIONS", VERSION), ("PLUGIN_MIN_PORT", "10000"), ("PLUGIN_MAX_PORT", "25000")];
        environment.extend(own.map(|(name, value)| (name.to_string(), value.to_string())));
        // Old versions of go-plugin make their sockets where temporary files are, and leave them there when they are killed.
        for name in ["PLUGIN_UNIX_SOCKET_DIR", "TMPDIR"] {
            environment.push((name.to_string(), folder.to_string_lossy().into_owned()));
        }
        let started = Guarded::start(Program {
            runner: &module.runner,
            program: &module.program,
            arguments: &module.arguments,
            environment,
            folder: folder.clone(),
            inherited: memory.descriptor(),
        });
        let mut guarded = match started {
            Ok(guarded) => guarded,
            Err(reason) => {
                let _ = std::fs::remove_dir(&folder);
                return Err(reason);
            }
        };
        let (Some(output), Some(errors)) = (guarded.output.take(), guarded.errors.take()) else {
            return Err("it has no output".to_string());
        };
        let (printed, last_words) = Printed::new(host.clone());
        let lines = read_output(output, printed.clone());
        read_errors(errors, printed.clone());
        let mut before = Vec::new();
        let found =
            await_handshake(&lines, &mut before).and_then(|line| socket_of(&line).map_err(|reason| (reason, line)));
        drop(lines);
        before.iter().for_each(|line| printed.output(line));
        match found {
            Ok(socket) => {
                read_stdio(socket.clone(), printed);
                Ok(Process { guarded: Mutex::new(guarded), socket, last_words, memory })
            }
            Err((reason, line)) => {
                drop(printed);
                let end = guarded.end();
                let first = before.first().unwrap_or(&line);
                Err(told(&reason, &end, first, &last_words))
            }
        }
    }

    /// Connects to the program. The connection works in the runtime that it was made in.
    pub async fn connect(&self) -> Result<Client, String> {
        connect(&self.socket).await
    }

    /// Ends the program, and returns a sentence about how it ended and what it said last.
    pub fn end_with(&self, reason: &str) -> String {
        let end = self.guarded.lock().unwrap_or_else(PoisonError::into_inner).end();
        told(reason, &end, "", &self.last_words)
    }

    pub fn terminate(&self) {
        self.guarded.lock().unwrap_or_else(PoisonError::into_inner).terminate();
    }

    /// Waits until the program has ended by itself.
    pub fn await_end(&self, limit: Duration) {
        self.guarded.lock().unwrap_or_else(PoisonError::into_inner).await_end(limit);
    }
}

/// Connects to the program that listens on a socket, as `Process::connect`.
pub async fn connect(socket: &str) -> Result<Client, String> {
    let path = socket.to_string();
    let connector = tower::service_fn(move |_: Uri| {
        let path = path.clone();
        async move { UnixStream::connect(path).await.map(TokioIo::new) }
    });
    let endpoint = Endpoint::from_static("http://plugin").initial_stream_window_size(1 << 20);
    let channel = endpoint.connect_with_connector(connector).await;
    channel.map(Client::new).map_err(|error| format!("connect to {socket}: {error}"))
}

fn await_handshake(
    lines: &std::sync::mpsc::Receiver<String>,
    before: &mut Vec<String>,
) -> Result<String, (String, String)> {
    let deadline = Instant::now() + PATIENCE;
    let mut left = MAX_BEFORE;
    loop {
        match lines.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
            Ok(line) if is_handshake(&line) => return Ok(line),
            Ok(line) if line.len() < left => {
                left -= line.len() + 1;
                before.push(line);
            }
            Ok(line) => return Err(("it printed 64 KiB and no handshake".to_string(), line)),
            Err(RecvTimeoutError::Timeout) => {
                let waited = format!("it printed no handshake within {} s", PATIENCE.as_secs());
                return Err((waited, String::new()));
            }
            Err(RecvTimeoutError::Disconnected) => {
                return Err(("it closed its output and printed no handshake".to_string(), String::new()))
            }
        }
    }
}

/// Returns one sentence of what happened, how the program ended, and what it printed.
fn told(reason: &str, end: &str, first: &str, last_words: &LastWords) -> String {
    let mut sentence = reason.to_string();
    match end.split_once(' ') {
        Some(("exited", status)) => sentence.push_str(&format!("; it exited with status {status}")),
        Some(("killed", signal)) if signal != "9" => sentence.push_str(&format!("; it was killed by signal {signal}")),
        _ => {}
    }
    if !first.is_empty() {
        sentence.push_str(&format!("; its first line: {}", cut(first)));
    }
    let words = last_words.take();
    if !words.is_empty() {
        let words: Vec<&str> = words.iter().map(|line| cut(line)).collect();
        sentence.push_str(&format!("; its last words: {}", words.join(" / ")));
    }
    sentence
}

fn cut(line: &str) -> &str {
    let end = line.char_indices().nth(200).map_or(line.len(), |(at, _)| at);
    &line[..end]
}

/// Makes a folder that only this user can enter.
fn make_folder(parent: &Path) -> std::io::Result<PathBuf> {
    let mut template = parent.join("plughost-XXXXXX").as_os_str().as_bytes().to_vec();
    template.push(0);
    // SAFETY: The text ends with NUL, and the system replaces the last six characters.
    if unsafe { libc::mkdtemp(template.as_mut_ptr().cast()) }.is_null() {
        return Err(std::io::Error::last_os_error());
    }
    template.pop();
    Ok(PathBuf::from(std::ffi::OsStr::from_bytes(&template)))
}

#[cfg(test)]
mod tests {
    use super::connect;
    use crate::wire::{failure_of, is_disconnect, HealthCheckRequest, HealthCheckResponse};
    use std::io::Read;
    use std::os::unix::net::UnixListener;
    use std::thread;
    use tokio::runtime::Builder;

    /// A server that wants TLS closes each connection at the first bytes of HTTP/2. When the client sees that depends
    /// on the moment: while it writes, before it has written, or when it waits for the answer.
    #[test]
    fn a_connection_that_is_closed_is_called_so_at_every_moment() {
        const CALLS: usize = 300;
        let folder = std::env::temp_dir().join(format!("plughost-closed-{}", std::process::id()));
        std::fs::create_dir(&folder).unwrap();
        let socket = folder.join("s");
        let listener = UnixListener::bind(&socket).unwrap();
        thread::spawn(move || {
            for (call, stream) in listener.incoming().enumerate() {
                // From a byte of the client's preface to a few bytes of its request.
                let mut bytes = vec![0; call % 100];
                stream.unwrap().read_exact(&mut bytes).ok();
            }
        });

        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        for _ in 0..CALLS {
            let failure = runtime.block_on(async {
                let mut client = connect(socket.to_str().unwrap()).await.ok()?;
                let request = HealthCheckRequest { service: "plugin".to_string() };
                client.unary::<_, HealthCheckResponse>("/grpc.health.v1.Health/Check", request).await.err()
            });
            // A connection may also break before there is a client.
            let Some(status) = failure else { continue };
            assert_eq!(
                (failure_of(&status).as_str(), is_disconnect(&status)),
                ("it closed its connection", true),
                "{status:?}"
            );
        }
        std::fs::remove_dir_all(folder).unwrap();
    }
}
