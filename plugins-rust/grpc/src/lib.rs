//! Runs programs that speak gRPC as plugins: the adapter of the form `grpc`.
//!
//! The program is one of go-plugin: it prints how to reach it, and serves `plughost.proto`. Lines reach it through memory
//! that it maps, or inline if it does not. A program that dies, hangs or answers nonsense panics the adapter, which is
//! always in a process of its own; the host then starts both anew and finds the line.
mod exporter;
mod filter;
mod guarded;
mod handshake;
mod lane;
mod memory;
mod output;
mod process;
mod question;
mod stdio;
mod transform;
mod wire;

use lane::{error_of, Lane};
use plughost::abi::{EXPORTER_ID, EXPORTER_NAMES, EXPORTER_NUMBERS, FILTER_ID, TRANSFORM_ID};
use plughost::{Context, Error, Host, Plugin, Sink};
use process::{Module, Process};
use prost::Message;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::ffi::{CStr, CString};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::runtime::{Builder, Runtime};
use tonic::{Code, Status};
use wire::{
    failure_of, is_disconnect, Answer, Chunk, Client, DescribeRequest, DescribeResponse, Empty, HealthCheckRequest,
    HealthCheckResponse, InitRequest, InitResponse,
};

#[derive(Deserialize)]
struct Config<'a> {
    module: Module,
    /// The options of the program. Null: it is only to describe itself, and `run` gives its manifest.
    #[serde(borrow)]
    config: &'a RawValue,
}

/// What the adapter reads of the program's manifest. The host has read all of it.
#[derive(Deserialize)]
struct Manifest {
    name: String,
}

/// How long a program may take to answer that it shall end, and how long after that until it has ended. The host gives a
/// plugin a second for both.
const GRACE: Duration = Duration::from_millis(400);

/// The most literals that the host takes, and their longest.
const MAX_LITERALS: usize = 16;

/// A program that has been initialised.
pub struct Grpc {
    control: Mutex<(Runtime, Client)>,
    process: Arc<Process>,
    described: DescribeResponse,
    /// It was not initialised.
    describes: bool,
    name: CString,
    literals: Vec<Vec<u8>>,
}

impl Plugin for Grpc {
    const NAME: &'static CStr = c"gRPC";

    fn new(config: &[u8], host: Host) -> Result<Self, Error> {
        let Config { module, config } =
            serde_json::from_slice(config).map_err(|error| Error::config(error.to_string()))?;
        // A program that ends must not end this process, which may be writing to it.
        // SAFETY: The process is that of this plugin alone, and what it starts gets the default back.
        unsafe { libc::signal(libc::SIGPIPE, libc::SIG_IGN) };
        let process = Process::start(&module, &host).map_err(Error::io)?;
        let describes = config.get() == "null";
        let runtime =
            Builder::new_current_thread().enable_all().build().map_err(|error| Error::io(error.to_string()))?;
        let talk = async {
            let mut client = process.connect().await?;
            ensure_healthy(&mut client).await?;
            let request = DescribeRequest { abi_major: 1, abi_minor: 1, host: "plughost".to_string() };
            let described: DescribeResponse = client
                .unary("/plughost.v1.Plugin/Describe", request)
                .await
                .map_err(|status| said("Describe", &status))?;
            if describes {
                return Ok((client, described, InitResponse::default()));
            }
            let request = InitRequest {
                config: config.get().as_bytes().to_vec(),
                blocks_descriptor: 3,
                blocks_size: process.memory.size(),
            };
            let answer: InitResponse =
                client.unary("/plughost.v1.Plugin/Init", request).await.map_err(|status| said("Init", &status))?;
            Ok::<_, String>((client, described, answer))
        };
        let (client, described, answer) =
            runtime.block_on(talk).map_err(|reason| Error::io(process.end_with(&reason)))?;
        if let Some(problem) = answer.problem {
            return Err(error_of(problem));
        }
        if answer.literals.len() > MAX_LITERALS {
            return Err(Error::io(format!(
                "it states {} literals, and may state {MAX_LITERALS}",
                answer.literals.len()
            )));
        }
        let manifest: Manifest =
            serde_json::from_str(&described.manifest).map_err(|error| Error::io(format!("its manifest: {error}")))?;
        if described.exporter.unwrap_or_default() & (EXPORTER_NUMBERS | EXPORTER_NAMES) != 0 {
            return Err(Error::io("its exporter asks for numbers or names, which a program does not get"));
        }
        let name = if described.name.is_empty() { manifest.name } else { described.name.clone() };
        let name = CString::new(name).map_err(|_| Error::io("its name has a NUL in it"))?;
        let control = Mutex::new((runtime, client));
        Ok(Grpc { control, process: Arc::new(process), described, describes, name, literals: answer.literals })
    }

    fn name(&self) -> &CStr {
        &self.name
    }

    fn offers(&self, id: &CStr) -> bool {
        let DescribeResponse { filter, transform, exporter, .. } = &self.described;
        [(FILTER_ID, filter), (TRANSFORM_ID, transform), (EXPORTER_ID, exporter)]
            .iter()
            .any(|(kind, flags)| id == *kind && flags.is_some())
    }

    fn run(&self, ctx: &Context, out: &mut Sink) -> Result<(), Error> {
        if self.describes {
            return out.put(&self.described.manifest);
        }
        let mut control = self.control.lock().unwrap_or_else(PoisonError::into_inner);
        let (runtime, client) = &mut *control;
        let talk = async {
            let mut chunks = client.streamed::<_, Chunk>("/plughost.v1.Plugin/Run", Empty {}).await?;
            let mut all = Vec::new();
            while let Some(chunk) = chunks.message().await? {
                all.push(chunk);
            }
            Ok::<_, Status>(all)
        };
        match runtime.block_on(lane::watched(Some(ctx), talk))? {
            Err(status) => Err(Error::broken(self.process.end_with(&said("Run", &status)))),
            Ok(chunks) => {
                for Chunk { text, problem } in chunks {
                    if let Some(problem) = problem {
                        return Err(error_of(problem));
                    }
                    out.put(text)?;
                }
                Ok(())
            }
        }
    }
}

/// The answer of the health check that a program serves.
const SERVING: i32 = 1;

/// Asks whether the program is ready, as go-plugin does. A program may lack the call.
async fn ensure_healthy(client: &mut Client) -> Result<(), String> {
    let request = HealthCheckRequest { service: "plugin".to_string() };
    match client.unary("/grpc.health.v1.Health/Check", request).await {
        Ok(HealthCheckResponse { status: SERVING }) => Ok(()),
        Ok(HealthCheckResponse { status }) => {
            Err(format!("its health check says that it does not serve (status {status})"))
        }
        Err(status) if status.code() == Code::Unimplemented => Ok(()),
        Err(status) if is_disconnect(&status) => {
            let advice = "if it listens with TLS, its author must leave that out";
            Err(format!("{}; {advice}", said("its health check", &status)))
        }
        Err(status) => Err(said("its health check", &status)),
    }
}

fn said(call: &str, status: &Status) -> String {
    format!("{call}: {}", failure_of(status))
}

impl Grpc {
    /// Makes the state of one worker.
    fn lane<Q: Message + Default + 'static, A: Answer>(&self, path: &'static str) -> Result<Lane<Q, A>, Error> {
        Lane::new(self.process.clone(), path, self.described.shared_blocks)
    }
}

impl Drop for Grpc {
    /// Lets the program end by itself, as go-plugin does: by its call for that, or else by SIGTERM. What remains is killed
    /// when the process is dropped.
    fn drop(&mut self) {
        if self.describes {
            return;
        }
        let (runtime, client) = self.control.get_mut().unwrap_or_else(PoisonError::into_inner);
        let shutdown = client.unary::<_, Empty>("/plugin.GRPCController/Shutdown", Empty {});
        // A program that ends at once may not answer.
        let answer = runtime.block_on(async { tokio::time::timeout(GRACE, shutdown).await });
        if matches!(answer, Ok(Err(status)) if status.code() == Code::Unimplemented) {
            self.process.terminate();
        }
        self.process.await_end(GRACE);
    }
}

plughost::export!(Grpc: Filter + Transform + Exporter, include_str!("manifest.json"));
