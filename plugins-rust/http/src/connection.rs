//! One connection, and the answers that come over it.
use crate::problem::{problem_in, Failure};
use http::header::{CONTENT_ENCODING, CONTENT_TYPE, LOCATION};
use http::{HeaderMap, HeaderName, Request, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::{Body, Bytes, Incoming};
use hyper::client::conn::http1::{Builder, SendRequest};
use std::error::Error as _;
use tokio::task::JoinHandle;

/// The most bytes of a head, and of the body of an answer that says why something failed.
const MAX_HEAD: usize = 64 << 10;
const MAX_REASON: usize = 64 << 10;
/// The most characters that a message shows of what the server says.
const SHOWN: usize = 200;

/// A connection. It works while the runtime that it was made in runs.
pub struct Connection {
    sender: SendRequest<Full<Bytes>>,
    work: JoinHandle<()>,
}

/// The body of an answer that says that all is well, and its type in lower case, without parameters.
pub struct Answer {
    pub media_type: String,
    pub body: Vec<u8>,
}

impl Connection {
    pub async fn new<S>(stream: S) -> Result<Self, hyper::Error>
    where
        S: hyper::rt::Read + hyper::rt::Write + Send + Unpin + 'static,
    {
        let (sender, connection) = Builder::new().max_header_size(MAX_HEAD).handshake(stream).await?;
        let work = tokio::spawn(async move {
            // Who asks gets the error.
            let _ = connection.await;
        });
        Ok(Connection { sender, work })
    }

    /// Returns whether the connection can take another request. Waits until the last one is done.
    pub async fn is_ready(&mut self) -> bool {
        self.sender.ready().await.is_ok()
    }

    /// Sends a request and returns the answer, whose body has `most` bytes at most.
    pub async fn ask(&mut self, request: Request<Full<Bytes>>, most: usize) -> Result<Answer, Failure> {
        let sent = self.sender.send_request(request).await;
        let (head, body) = sent.map_err(|error| Failure::Broken(cause_of(&error)))?.into_parts();
        let media_type = media_type_of(&head.headers);
        if head.headers.get(CONTENT_ENCODING).is_some_and(|coding| coding != "identity") {
            return Err(Failure::Broken("it compressed its answer, and was not asked to".to_string()));
        }
        match head.status {
            StatusCode::OK | StatusCode::NO_CONTENT => {
                let body = collected(body, most).await.map_err(Failure::Broken)?;
                match problem_in(&media_type, &body) {
                    Some(problem) => Err(Failure::Problem(problem)),
                    None => Ok(Answer { media_type, body }),
                }
            }
            StatusCode::CONFLICT => Err(Failure::Unconfigured),
            status if status.is_redirection() => {
                let target = text_of(&head.headers, LOCATION);
                Err(Failure::Broken(format!("it answered {status} and named {}, which is not followed", cut(&target))))
            }
            status => {
                let body = collected(body, MAX_REASON).await.unwrap_or_default();
                match problem_in(&media_type, &body) {
                    Some(problem) => Err(Failure::Problem(problem)),
                    None => Err(Failure::Broken(answered(status, &body))),
                }
            }
        }
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.work.abort();
    }
}

async fn collected(mut body: Incoming, most: usize) -> Result<Vec<u8>, String> {
    let too_long = || format!("its answer is longer than {most} bytes");
    let stated = body.size_hint().lower();
    if stated > most as u64 {
        return Err(too_long());
    }
    // What is stated need not come.
    let mut all = Vec::with_capacity(stated.min(1 << 20) as usize);
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| format!("its answer ended early: {}", cause_of(&error)))?;
        if let Ok(data) = frame.into_data() {
            if all.len() + data.len() > most {
                return Err(too_long());
            }
            all.extend_from_slice(&data);
        }
    }
    Ok(all)
}

fn text_of(headers: &HeaderMap, name: HeaderName) -> String {
    headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned()).unwrap_or_default()
}

fn media_type_of(headers: &HeaderMap) -> String {
    let whole = text_of(headers, CONTENT_TYPE);
    whole.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// Returns what went wrong, with the reasons of the system.
fn cause_of(error: &hyper::Error) -> String {
    let mut words = error.to_string();
    let mut inner = error.source();
    while let Some(cause) = inner {
        words.push_str(&format!(": {cause}"));
        inner = cause.source();
    }
    words
}

fn answered(status: StatusCode, body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    let first = text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    let words = if first.is_empty() { String::new() } else { format!(": {}", cut(first)) };
    format!("it answered {status}{words}")
}

/// Returns the beginning of what the server said, for a message.
pub fn cut(text: &str) -> &str {
    let end = text.char_indices().nth(SHOWN).map_or(text.len(), |(at, _)| at);
    &text[..end]
}
