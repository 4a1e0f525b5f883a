//! What one worker asks, over a connection of its own.
use crate::connection::{Answer, Connection};
use crate::problem::{Failure, BYTES};
use crate::server::Server;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Method};
use hyper::body::Bytes;
use plughost::{Context, Error};
use std::collections::hash_map::RandomState;
use std::future::Future;
use std::hash::{BuildHasher, Hasher};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::{Builder, Runtime};

/// How often a call that waits looks whether it was cancelled.
const LOOK: Duration = Duration::from_millis(20);
/// The most bytes of an answer about lines.
const MAX_ANSWER: usize = 64 << 20;

/// The state of one worker. Its runtime runs only while a call waits, on the thread of the call.
pub struct Worker {
    runtime: Runtime,
    talk: Talk,
}

struct Talk {
    server: Arc<Server>,
    /// None until it is needed, and after a failure.
    connection: Option<Connection>,
    /// The name of this worker, for servers that keep something from request to request.
    stream: String,
    /// The number of the request.
    number: u64,
}

impl Worker {
    pub fn new(server: Arc<Server>) -> Result<Self, Error> {
        let talk = Talk { server, connection: None, stream: random_name(), number: 0 };
        Ok(Worker { runtime: runtime()?, talk })
    }

    /// Asks about a body, and tries once more if it fails: a server may close a connection that was kept at any time, and
    /// may start again. `place` finds the byte of the block for a byte of the body.
    pub fn ask(
        &mut self,
        ctx: Option<&Context>,
        path: &str,
        accept: &str,
        body: Bytes,
        place: impl Fn(u64) -> Option<u64>,
    ) -> Result<Answer, Error> {
        let Worker { runtime, talk } = self;
        talk.number += 1;
        let twice = async {
            match talk.ask(path, accept, body.clone(), false).await {
                Err(Failure::Broken(_) | Failure::Unconfigured) => talk.ask(path, accept, body, true).await,
                first => first,
            }
        };
        match runtime.block_on(watched(ctx, twice))? {
            Ok(answer) => Ok(answer),
            Err(Failure::Problem(problem)) => Err(problem.into_error(place)),
            Err(failure) => broken(&failure.into_words()),
        }
    }
}

impl Talk {
    /// Asks once. `again` tells the server the options first, over a new connection.
    async fn ask(&mut self, path: &str, accept: &str, body: Bytes, again: bool) -> Result<Answer, Failure> {
        let mut request = self.server.request(Method::POST, path, accept, body);
        let headers = request.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(BYTES));
        if let Ok(stream) = HeaderValue::try_from(&self.stream) {
            headers.insert("plughost-stream", stream);
        }
        headers.insert("plughost-request", HeaderValue::from(self.number));
        // While an answer is awaited the connection belongs to this call, and ends with it if it is cancelled.
        let mut connection = match self.kept(again).await {
            Some(kept) => kept,
            None => self.server.address.connect().await.map_err(Failure::Broken)?,
        };
        if again {
            self.server.configure(&mut connection).await?;
        }
        let answer = connection.ask(request, MAX_ANSWER).await;
        if matches!(answer, Ok(_) | Err(Failure::Problem(_))) {
            self.connection = Some(connection);
        }
        answer
    }

    /// Returns the connection of the last request, unless it has ended or is not wanted.
    async fn kept(&mut self, again: bool) -> Option<Connection> {
        let mut kept = self.connection.take().filter(|_| !again)?;
        kept.is_ready().await.then_some(kept)
    }
}

/// Gives up. The host then starts this adapter anew, and finds out which lines are to blame.
pub fn broken(reason: &str) -> ! {
    panic!("{reason}")
}

/// Makes what runs the requests of one thread.
pub fn runtime() -> Result<Runtime, Error> {
    Builder::new_current_thread().enable_all().build().map_err(|error| Error::io(error.to_string()))
}

/// Waits for something, and looks meanwhile whether the call was cancelled.
async fn watched<T>(ctx: Option<&Context<'_>>, what: impl Future<Output = T>) -> Result<T, Error> {
    let mut what = pin!(what);
    loop {
        match tokio::time::timeout(LOOK, &mut what).await {
            Ok(value) => return Ok(value),
            Err(_) if ctx.is_some_and(Context::cancelled) => return Err(Error::cancelled()),
            Err(_) => {}
        }
    }
}

fn random_name() -> String {
    let half = || RandomState::new().build_hasher().finish();
    format!("{:016x}{:016x}", half(), half())
}
