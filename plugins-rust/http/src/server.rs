//! The server, as every worker knows it.
use crate::address::Address;
use crate::connection::Connection;
use crate::problem::{Failure, JSON};
use http::header::{ACCEPT, CONTENT_TYPE, HOST, USER_AGENT};
use http::{Method, Request};
use http_body_util::Full;
use hyper::body::Bytes;
use serde::Deserialize;
use std::hash::{DefaultHasher, Hash, Hasher};

/// The most literals that the host takes, and the most bytes of one.
const MAX_LITERALS: usize = 16;
const MAX_LITERAL: usize = 1024;
/// The most bytes of an answer that has these, when each character is escaped.
const MAX_CONFIGURED: usize = 256 << 10;

/// What the host hands over in place of files.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Module {
    address: Address,
    /// The host and port, as the header `Host` has them.
    authority: String,
    /// What comes before `/v1`, without a slash at its end.
    base: String,
    /// What the server said of itself when it was asked first, as JSON; null when it was not.
    pub description: Option<String>,
}

pub struct Server {
    pub address: Address,
    authority: String,
    base: String,
    /// The options, as JSON.
    config: Bytes,
    /// The name of these options in requests.
    id: String,
}

/// The answer to `PUT /v1/config`, which may be empty.
#[derive(Deserialize, Default)]
struct Configured {
    #[serde(default)]
    literals: Vec<String>,
}

impl Server {
    pub fn new(Module { address, authority, base, .. }: Module, config: &str) -> Self {
        Server { address, authority, base, id: name_of(config), config: Bytes::copy_from_slice(config.as_bytes()) }
    }

    /// Returns a request. A body that is not empty is what the path says.
    pub fn request(&self, method: Method, path: &str, accept: &str, body: Bytes) -> Request<Full<Bytes>> {
        let made = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.base))
            .header(HOST, &self.authority)
            .header(USER_AGENT, concat!("plughost/", env!("CARGO_PKG_VERSION")))
            .header(ACCEPT, accept)
            .header("plughost-config", &self.id);
        made.body(Full::new(body)).unwrap_or_else(|error| panic!("the request: {error}"))
    }

    /// Sends the options. Returns the literals that the filter states.
    pub async fn configure(&self, connection: &mut Connection) -> Result<Vec<Vec<u8>>, Failure> {
        let mut request = self.request(Method::PUT, "/v1/config", JSON, self.config.clone());
        request.headers_mut().insert(CONTENT_TYPE, http::HeaderValue::from_static(JSON));
        let answer = connection.ask(request, MAX_CONFIGURED).await?;
        let Configured { literals } = match (answer.body.is_empty(), answer.media_type.as_str()) {
            (true, _) => Configured::default(),
            (false, JSON) => serde_json::from_slice(&answer.body)
                .map_err(|error| Failure::Broken(format!("its answer to the options: {error}")))?,
            (false, other) => return Err(Failure::of_type(other, JSON)),
        };
        let is_usable = |text: &String| (1..=MAX_LITERAL).contains(&text.len()) && !text.contains('\n');
        if literals.len() > MAX_LITERALS || !literals.iter().all(is_usable) {
            let limits = format!("{MAX_LITERALS} texts of 1 to {MAX_LITERAL} bytes without a newline");
            return Err(Failure::Broken(format!("its literals are not at most {limits}")));
        }
        Ok(literals.into_iter().map(String::into_bytes).collect())
    }
}

/// Returns a name for a text, the same one each time.
fn name_of(text: &str) -> String {
    let half = |which: u8| {
        let mut hasher = DefaultHasher::new();
        (which, text).hash(&mut hasher);
        hasher.finish()
    };
    format!("{:016x}{:016x}", half(0), half(1))
}
