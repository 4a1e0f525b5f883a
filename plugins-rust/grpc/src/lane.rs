//! A stream of requests of one worker, and what the program answers.
use crate::process::Process;
use crate::wire::{Client, Kept, Lines, Problem, Shared};
use plughost::{Context, Error};
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::mpsc::{unbounded_channel, UnboundedSender};
use tonic::{Status, Streaming};

/// How often a call that waits looks whether it was cancelled.
const LOOK: Duration = Duration::from_millis(20);

pub const MATCH: &str = "/plughost.v1.Filter/Match";

/// The state of one worker. Its runtime runs only while a call waits, on the thread of the call.
pub struct Lane {
    process: Arc<Process>,
    runtime: Runtime,
    client: Client,
    sender: Option<UnboundedSender<Lines>>,
    answers: Option<Streaming<Kept>>,
    /// Where its region of the shared memory begins; none if the program does not map it, or all are taken.
    region: Option<usize>,
    last: u64,
}

impl Lane {
    pub fn new(process: Arc<Process>, shares: bool) -> Result<Lane, Error> {
        let runtime = Builder::new_current_thread().enable_all().build().map_err(|error| Error::io(error.to_string()))?;
        let client = runtime.block_on(process.connect()).map_err(Error::io)?;
        let region = if shares { process.blocks.take() } else { None };
        Ok(Lane { process, runtime, client, sender: None, answers: None, region, last: 0 })
    }

    /// Asks which of the lines to keep. The parts are whole lines with their newlines, except perhaps the last one. Returns
    /// the ranges of lines that are kept, in the text that the parts make, checked.
    pub fn ask(
        &mut self,
        ctx: Option<&Context>,
        parts: &[&[u8]],
        is_begin: impl Fn(usize) -> bool,
    ) -> Result<Vec<(usize, usize)>, Error> {
        let size = parts.iter().map(|part| part.len()).sum::<usize>();
        self.last += 1;
        let mut lines = Lines { id: self.last, ..Lines::default() };
        match self.region.filter(|&at| self.process.blocks.fill(at, parts).is_some()) {
            Some(at) => lines.shared = Some(Shared { at: at as u64, size: size as u32 }),
            None => lines.data = parts.concat(),
        }
        let kept = self.exchange(ctx, lines)?;
        if let Some(problem) = kept.problem {
            return Err(error_of(problem));
        }
        let mut ranges = Vec::with_capacity(kept.ranges.len() / 2);
        let mut at = 0usize;
        for pair in kept.ranges.chunks(2) {
            let &[gap, length] = pair else { self.broken("its answer has a gap without a length") };
            let begin = at.saturating_add(gap as usize);
            let end = begin.saturating_add(length as usize);
            if length == 0 || end > size || !is_begin(begin) || !(end == size || is_begin(end)) {
                self.broken("its answer has a range that is not whole lines of what it was asked about");
            }
            ranges.push((begin, end));
            at = end;
        }
        Ok(ranges)
    }

    fn exchange(&mut self, ctx: Option<&Context>, lines: Lines) -> Result<Kept, Error> {
        let wanted = lines.id;
        let Lane { runtime, client, sender, answers, .. } = self;
        let talk = async {
            if answers.is_none() {
                let (to, from) = unbounded_channel();
                // A program may wait for the first message before it answers the call.
                let _ = to.send(lines);
                *sender = Some(to);
                let requests = tokio_stream::wrappers::UnboundedReceiverStream::new(from);
                *answers = Some(client.both(MATCH, requests).await?);
            } else if let Some(to) = sender {
                let _ = to.send(lines);
            }
            let Some(answers) = answers else { return Ok(None) };
            loop {
                match answers.message().await? {
                    // Of a call that was cancelled.
                    Some(Kept { id, .. }) if id < wanted => {}
                    answer => return Ok::<_, Status>(answer),
                }
            }
        };
        let answer = runtime.block_on(watched(ctx, talk))?;
        match answer {
            Ok(Some(kept)) if kept.id == wanted => Ok(kept),
            Ok(Some(_)) => self.broken("it answered what nobody asked"),
            Ok(None) => self.broken("it ended its answers"),
            Err(status) => self.broken(&format!("it failed: {:?}: {}", status.code(), status.message())),
        }
    }

    /// Gives up the program. The host then starts another one, and finds out which lines are to blame.
    fn broken(&self, reason: &str) -> ! {
        panic!("{}", self.process.end_with(reason))
    }
}

impl Drop for Lane {
    fn drop(&mut self) {
        if let Some(at) = self.region {
            self.process.blocks.give_back(at);
        }
    }
}

/// Waits for something, and looks meanwhile whether the call was cancelled.
pub async fn watched<T>(ctx: Option<&Context<'_>>, what: impl Future<Output = T>) -> Result<T, Error> {
    let mut what = pin!(what);
    loop {
        match tokio::time::timeout(LOOK, &mut what).await {
            Ok(value) => return Ok(value),
            Err(_) if ctx.is_some_and(Context::cancelled) => return Err(Error::cancelled()),
            Err(_) => {}
        }
    }
}

/// Returns the error that a program reported, by the codes of `base.h`.
pub fn error_of(problem: Problem) -> Error {
    let Problem { code, message, offset } = problem;
    let error = match code {
        -2 => Error::config(message),
        -3 => Error::no_memory(),
        -4 => Error::io(message),
        -6 => Error::cancelled(),
        _ => Error::internal(message),
    };
    match offset {
        Some(at) => error.at(at),
        None => error,
    }
}
