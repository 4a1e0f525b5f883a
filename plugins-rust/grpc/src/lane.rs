//! A stream of requests of one worker, and what the program answers.
use crate::memory::Memory;
use crate::process::Process;
use crate::question::{gaps_of, Question};
use crate::wire::{failure_of, Answer, Client, Lines, Problem, Shared};
use plughost::{Context, Error};
use prost::Message;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::mpsc::{unbounded_channel, UnboundedSender};
use tokio_stream::wrappers::UnboundedReceiverStream;
use tonic::{Status, Streaming};

/// How often a call that waits looks whether it was cancelled.
const LOOK: Duration = Duration::from_millis(20);

/// An answer, and whether its places are those of the lines in their block, or in a copy that has these lines alone.
pub struct Answered<A> {
    pub answer: A,
    pub in_window: bool,
}

/// The state of one worker: requests `Q` to the call `path`, and answers `A`. Its runtime runs only while a call waits, on
/// the thread of the call.
pub struct Lane<Q, A> {
    process: Arc<Process>,
    runtime: Runtime,
    client: Client,
    path: &'static str,
    open: Option<(UnboundedSender<Q>, Streaming<A>)>,
    /// Whether the program maps the memory.
    shares: bool,
    /// Where its region for copies begins; none if there are no copies, or all are taken.
    region: Option<usize>,
    /// The number of the last request, and of the last one whose answer nobody waits for any more.
    last: u64,
    cancelled: u64,
}

impl<Q: Message + Default + 'static, A: Answer> Lane<Q, A> {
    pub fn new(process: Arc<Process>, path: &'static str, shares: bool) -> Result<Self, Error> {
        let runtime =
            Builder::new_current_thread().enable_all().build().map_err(|error| Error::io(error.to_string()))?;
        let client = runtime.block_on(process.connect()).map_err(Error::io)?;
        let region = match &process.memory {
            Memory::Copies(copies) if shares => copies.take(),
            _ => None,
        };
        Ok(Lane { process, runtime, client, path, open: None, shares, region, last: 0, cancelled: 0 })
    }

    /// Asks about lines and returns the answer. `request` makes the request of them.
    pub fn ask(
        &mut self,
        ctx: Option<&Context>,
        question: &Question,
        request: impl FnOnce(Lines) -> Q,
    ) -> Result<Answered<A>, Error> {
        self.last += 1;
        let (lines, in_window) = self.lines(question);
        let mut answer = self.exchange(ctx, request(lines))?;
        match answer.problem() {
            Some(problem) => {
                let offset = problem.offset.and_then(|at| question.in_block(at, in_window));
                Err(error_of(Problem { offset, ..problem }))
            }
            None => Ok(Answered { answer, in_window }),
        }
    }

    /// Makes the message about the lines, and returns whether it names them where they lie in their block.
    fn lines(&self, question: &Question) -> (Lines, bool) {
        let lines = Lines { id: self.last, offset: question.offset(), ..Lines::default() };
        if let (Memory::Blocks(blocks), true, Some(window)) = (&self.process.memory, self.shares, question.window()) {
            if let Some(at) = blocks.find(window) {
                let ranges = gaps_of(&question.places(true), window.len());
                let shared = Some(Shared { at, size: window.len() as u32 });
                return (Lines { shared, ranges, ..lines }, true);
            }
        }
        let parts = question.parts();
        if let (Memory::Copies(copies), Some(at)) = (&self.process.memory, self.region) {
            if let Some(size) = copies.fill(at, &parts) {
                return (Lines { shared: Some(Shared { at: at as u64, size: size as u32 }), ..lines }, false);
            }
        }
        (Lines { data: Some(parts.concat()), ..lines }, false)
    }

    fn exchange(&mut self, ctx: Option<&Context>, request: Q) -> Result<A, Error> {
        let Lane { runtime, client, path, open, cancelled, .. } = self;
        let talk = async {
            let answers = match open {
                Some((to, answers)) => {
                    let _ = to.send(request);
                    answers
                }
                None => {
                    let (to, from) = unbounded_channel();
                    // A program may wait for the first message before it answers the call.
                    let _ = to.send(request);
                    let answers = client.both(path, UnboundedReceiverStream::new(from)).await?;
                    &mut open.insert((to, answers)).1
                }
            };
            loop {
                match answers.message().await? {
                    // Of a call that was cancelled.
                    Some(answer) if (1..=*cancelled).contains(&answer.id()) => {}
                    answer => return Ok::<Option<A>, Status>(answer),
                }
            }
        };
        let answer = match runtime.block_on(watched(ctx, talk)) {
            Ok(answer) => answer,
            Err(error) => {
                self.cancelled = self.last;
                return Err(error);
            }
        };
        match answer {
            Ok(Some(answer)) if answer.id() == self.last => Ok(answer),
            Ok(Some(_)) => Err(self.broken("it answered what nobody asked")),
            Ok(None) => Err(self.broken("it ended its answers")),
            Err(status) => Err(self.broken(&failure_of(&status))),
        }
    }

    /// Gives up the program. The host then starts another one, and finds out which lines are to blame.
    pub fn broken(&self, reason: &str) -> Error {
        Error::broken(self.process.end_with(reason))
    }
}

impl<Q, A> Drop for Lane<Q, A> {
    fn drop(&mut self) {
        if let (Memory::Copies(copies), Some(at)) = (&self.process.memory, self.region) {
            copies.give_back(at);
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
    let error = Error::reported(code, message);
    match offset {
        Some(at) => error.at(at),
        None => error,
    }
}
