//! Lets web servers be plugins: the adapter of the form `http`.
//!
//! The server belongs to somebody else: it is neither started nor ended here. docs/forms/http.md says what is asked and
//! answered. A server that does not answer, or answers nonsense, panics the adapter, which is always in a process of its
//! own; the host then starts it anew and finds the line.
mod address;
mod connection;
mod description;
mod exporter;
mod filter;
mod pieces;
mod problem;
mod ranges;
mod server;
mod transform;
mod worker;

use description::Description;
use plughost::abi::{EXPORTER_ID, FILTER_ID, TRANSFORM_ID};
use plughost::{Context, Error, Host, Plugin, Sink};
use problem::Failure;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::Value;
use server::{Module, Server};
use std::ffi::{CStr, CString};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use worker::{broken, Worker};

/// How long a server may take until it has taken its options. The host gives up after ten seconds.
const START: Duration = Duration::from_secs(8);

const TEXT: &str = "text/plain";

#[derive(Deserialize)]
struct Config<'a> {
    module: Module,
    /// The options of the plugin. Null: the server is only to describe itself, and `run` gives what it says.
    #[serde(borrow)]
    config: &'a RawValue,
}

/// A server that has taken its options.
pub struct Http {
    server: Arc<Server>,
    description: Description,
    /// What it says of itself, if that is all that it is asked.
    described: Option<Value>,
    name: CString,
    literals: Vec<Vec<u8>>,
    /// Serves `run`.
    main: Mutex<Worker>,
}

impl Plugin for Http {
    const NAME: &'static CStr = c"HTTP";

    fn new(config: &[u8], _: Host) -> Result<Self, Error> {
        let Config { mut module, config } =
            serde_json::from_slice(config).map_err(|error| Error::config(error.to_string()))?;
        let before = module.description.take();
        let describes = config.get() == "null";
        let server = Server::new(module, config.get());
        let talk = async {
            let connecting = &server.address;
            let connected = if describes { connecting.connect().await } else { connecting.connect_again().await };
            let mut connection = connected.map_err(Error::io)?;
            let (description, value) = Description::ask(&server, &mut connection).await.map_err(Error::io)?;
            if describes {
                return Ok((description, Some(value), Vec::new()));
            }
            let said_before = before.as_deref().and_then(|text| serde_json::from_str::<Value>(text).ok());
            if said_before != Some(value) {
                return Err(Error::io("it says something else of itself than before"));
            }
            match server.configure(&mut connection).await {
                Ok(literals) => Ok((description, None, literals)),
                Err(Failure::Problem(problem)) => Err(problem.into_error(|_| None)),
                Err(failure) => Err(Error::io(failure.into_words())),
            }
        };
        let late = || Error::io(format!("it did not answer within {} s", START.as_secs()));
        let started = worker::runtime()?.block_on(async { tokio::time::timeout(START, talk).await });
        let (description, described, literals) = started.unwrap_or_else(|_| Err(late()))?;
        let name = CString::new(description.name()).map_err(|_| Error::io("its name has a NUL in it"))?;
        let server = Arc::new(server);
        let main = Mutex::new(Worker::new(server.clone())?);
        Ok(Http { server, description, described, name, literals, main })
    }

    fn name(&self) -> &CStr {
        &self.name
    }

    fn offers(&self, id: &CStr) -> bool {
        let Description { filter, transform, exporter, .. } = &self.description;
        [(FILTER_ID, filter), (TRANSFORM_ID, transform), (EXPORTER_ID, exporter)]
            .iter()
            .any(|(kind, offered)| id == *kind && offered.is_some())
    }

    fn run(&self, ctx: &Context, out: &mut Sink) -> Result<(), Error> {
        if let Some(described) = &self.described {
            return out.put(described.to_string());
        }
        if !self.description.run {
            return Ok(());
        }
        let mut worker = self.main.lock().unwrap_or_else(PoisonError::into_inner);
        let answer = worker.ask(Some(ctx), "/v1/run", TEXT, Default::default(), |_| None)?;
        if answer.media_type != TEXT {
            broken(&format!("its answer is of the type {:?} and not {TEXT}", answer.media_type));
        }
        out.put(answer.body)
    }
}

impl Http {
    /// Makes the state of one worker.
    fn worker(&self) -> Result<Worker, Error> {
        Worker::new(self.server.clone())
    }
}

plughost::export!(Http: Filter + Transform + Exporter, include_str!("manifest.json"));
