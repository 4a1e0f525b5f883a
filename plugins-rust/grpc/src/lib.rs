//! Runs programs that speak gRPC as plugins: the adapter of the form `grpc`.
//!
//! The program is one of go-plugin: it prints how to reach it, and serves `plughost.proto`. Lines reach it through memory
//! that it maps, or inline if it does not. A program that dies, hangs or answers nonsense panics the adapter, which is
//! always in a process of its own; the host then starts both anew and finds the line.
mod blocks;
mod guarded;
mod handshake;
mod lane;
mod output;
mod process;
mod wire;

use lane::{error_of, Lane};
use plughost::{Context, Error, Filter, Found, Host, Keep, Lines, Plugin, Sink};
use process::{Module, Process};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::ffi::{CStr, CString};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::runtime::{Builder, Runtime};
use wire::{Chunk, Client, DescribeRequest, DescribeResponse, InitRequest, InitResponse, RunRequest};

#[derive(Deserialize)]
struct Config<'a> {
    module: Module,
    #[serde(borrow)]
    config: &'a RawValue,
}

/// What the adapter reads of the program's manifest. The host has read all of it.
#[derive(Deserialize)]
struct Manifest {
    name: String,
}

/// The most literals that the host takes, and their longest.
const MAX_LITERALS: usize = 16;

/// A program that has been initialised.
pub struct Grpc {
    control: Mutex<(Runtime, Client)>,
    process: Arc<Process>,
    described: DescribeResponse,
    name: CString,
    literals: Vec<Vec<u8>>,
}

impl Plugin for Grpc {
    const NAME: &'static CStr = c"gRPC";

    fn new(config: &[u8], host: Host) -> Result<Self, Error> {
        let Config { module, config } = serde_json::from_slice(config).map_err(|error| Error::config(error.to_string()))?;
        let process = Process::start(&module, &host).map_err(Error::config)?;
        let runtime = Builder::new_current_thread().enable_all().build().map_err(|error| Error::io(error.to_string()))?;
        let talk = async {
            let mut client = process.connect().await?;
            let request = DescribeRequest { abi_major: 1, abi_minor: 1, host: "plughost".to_string() };
            let described: DescribeResponse =
                client.unary("/plughost.v1.Plugin/Describe", request).await.map_err(|status| said("Describe", &status))?;
            let request = InitRequest {
                config: config.get().as_bytes().to_vec(),
                blocks_descriptor: 3,
                blocks_size: blocks::Blocks::SIZE as u64,
            };
            let answer: InitResponse =
                client.unary("/plughost.v1.Plugin/Init", request).await.map_err(|status| said("Init", &status))?;
            Ok::<_, String>((client, described, answer))
        };
        let (client, described, answer) =
            runtime.block_on(talk).map_err(|reason| Error::config(process.end_with(&reason)))?;
        if let Some(problem) = answer.problem {
            return Err(error_of(problem));
        }
        if answer.literals.len() > MAX_LITERALS {
            return Err(Error::config(format!("it states {} literals, and may state {MAX_LITERALS}", answer.literals.len())));
        }
        let manifest: Manifest =
            serde_json::from_str(&described.manifest).map_err(|error| Error::config(format!("its manifest: {error}")))?;
        let name = if described.name.is_empty() { manifest.name } else { described.name.clone() };
        let name = CString::new(name).map_err(|_| Error::config("its name has a NUL in it"))?;
        let control = Mutex::new((runtime, client));
        Ok(Grpc { control, process: Arc::new(process), described, name, literals: answer.literals })
    }

    fn name(&self) -> &CStr {
        &self.name
    }

    fn offers(&self, id: &CStr) -> bool {
        id != plughost::abi::FILTER_ID || self.described.filter.is_some()
    }

    fn run(&self, ctx: &Context, out: &mut Sink) -> Result<(), Error> {
        let mut control = self.control.lock().unwrap_or_else(PoisonError::into_inner);
        let (runtime, client) = &mut *control;
        let talk = async {
            let mut chunks = client.streamed::<_, Chunk>("/plughost.v1.Plugin/Run", RunRequest {}).await?;
            let mut all = Vec::new();
            while let Some(chunk) = chunks.message().await? {
                all.push(chunk);
            }
            Ok::<_, tonic::Status>(all)
        };
        match runtime.block_on(lane::watched(Some(ctx), talk))? {
            Err(status) => panic!("{}", self.process.end_with(&said("Run", &status))),
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

fn said(call: &str, status: &tonic::Status) -> String {
    format!("{call} failed: {:?}: {}", status.code(), status.message())
}

/// A worker's stream of requests, and the answer for the block that it is at.
pub struct Searched {
    lane: Lane,
    /// The rest of the answer for a block: the ranges that are kept, and where the host goes on.
    kept: Vec<(usize, usize)>,
    next: usize,
    expected: usize,
}

impl Filter for Grpc {
    type State = Searched;
    const BATCH: bool = true;
    const SCAN: bool = true;

    fn state(&self) -> Result<Searched, Error> {
        let lane = Lane::new(self.process.clone(), self.described.shared_blocks)?;
        Ok(Searched { lane, kept: Vec::new(), next: 0, expected: 0 })
    }

    fn literal(&self, index: usize) -> Option<&[u8]> {
        self.literals.get(index).map(Vec::as_slice)
    }

    fn matches(&self, state: &mut Searched, line: &[u8]) -> Result<bool, Error> {
        let kept = state.lane.ask(None, &[line, b"\n"], |at| at == 0)?;
        Ok(!kept.is_empty())
    }

    fn match_batch(&self, state: &mut Searched, ctx: &Context, lines: &Lines, keep: &mut Keep) -> Result<(), Error> {
        let parts: Vec<&[u8]> = lines.iter().flat_map(|line| [line, b"\n"]).collect();
        let mut begins = Vec::with_capacity(lines.spans().len());
        let mut size = 0;
        for line in lines.iter() {
            begins.push(size);
            size += line.len() + 1;
        }
        for (begin, end) in state.lane.ask(Some(ctx), &parts, |at| begins.binary_search(&at).is_ok())? {
            let first = begins.partition_point(|&at| at < begin);
            let last = begins.partition_point(|&at| at < end);
            (first..last).for_each(|i| keep.keep(i));
        }
        Ok(())
    }

    fn scan(&self, state: &mut Searched, ctx: &Context, block: &[u8], found: &mut Found) -> Result<(), Error> {
        if found.cursor() == 0 || found.cursor() != state.expected {
            let from = found.cursor();
            let rest = &block[from..];
            let is_begin = |at: usize| at == 0 || rest[at - 1] == b'\n';
            state.kept = state.lane.ask(Some(ctx), &[rest], is_begin)?;
            state.kept.iter_mut().for_each(|(begin, end)| (*begin, *end) = (*begin + from, *end + from));
            state.next = 0;
        }
        while let Some(&(begin, end)) = state.kept.get(state.next) {
            let mut at = begin.max(found.cursor());
            while at < end {
                if found.full() {
                    state.expected = at;
                    found.advance(at);
                    return Ok(());
                }
                let line_end = memchr::memchr(b'\n', &block[at..end]).map_or(end, |newline| at + newline);
                found.keep(at, line_end);
                at = (line_end + 1).min(block.len());
            }
            state.next += 1;
        }
        state.expected = block.len();
        found.advance(block.len());
        Ok(())
    }
}

impl Drop for Grpc {
    fn drop(&mut self) {
        self.process.terminate();
    }
}

plughost::export!(Grpc: Filter, include_str!("manifest.json"));
