//! What a server says of itself.
use crate::connection::Connection;
use crate::problem::{Failure, JSON};
use crate::server::Server;
use http::Method;
use hyper::body::Bytes;
use serde::Deserialize;
use serde_json::Value;

/// The most bytes of a description. All of it is a part of the adapter's options, which have a limit too.
const MAX_SIZE: usize = 64 << 10;

/// The answer to `GET /v1/plugin`.
#[derive(Deserialize)]
pub struct Description {
    manifest: Manifest,
    name: Option<String>,
    pub filter: Option<Kind>,
    pub transform: Option<Kind>,
    pub exporter: Option<Kind>,
    #[serde(default)]
    pub run: bool,
}

/// A kind of plugin that the server offers.
#[derive(Deserialize)]
pub struct Kind {
    /// One worker must see all lines in the order of the input.
    #[serde(default)]
    pub ordered: bool,
}

/// What the adapter reads of the manifest. The host reads all of it.
#[derive(Deserialize)]
struct Manifest {
    name: String,
}

impl Description {
    /// Asks the server. Returns what it says also as it came.
    pub async fn ask(server: &Server, connection: &mut Connection) -> Result<(Self, Value), String> {
        let request = server.request(Method::GET, "/v1/plugin", JSON, Bytes::new());
        let answer = connection.ask(request, MAX_SIZE).await.map_err(Failure::into_words)?;
        if answer.media_type != JSON {
            return Err(format!("it is no plugin: it described itself by {:?} and not by {JSON}", answer.media_type));
        }
        let wrong = |error: serde_json::Error| format!("what it says of itself cannot be used: {error}");
        let value: Value = serde_json::from_slice(&answer.body).map_err(wrong)?;
        let description = Description::deserialize(&value).map_err(wrong)?;
        Ok((description, value))
    }

    /// Returns what the plugin is called.
    pub fn name(&self) -> &str {
        self.name.as_deref().unwrap_or(&self.manifest.name)
    }
}
