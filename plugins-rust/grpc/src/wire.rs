//! The messages of `plughost.proto` and of the health check of gRPC, and the calls of its services.
use http::uri::PathAndQuery;
use prost::Message;
use std::error::Error;
use std::iter;
use std::time::Duration;
use tonic::client::Grpc;
use tonic::transport::Channel;
use tonic::{Code, Request, Status, Streaming, TimeoutExpired};
use tonic_prost::ProstCodec;

#[derive(Clone, PartialEq, Message)]
pub struct DescribeRequest {
    #[prost(uint32, tag = "1")]
    pub abi_major: u32,
    #[prost(uint32, tag = "2")]
    pub abi_minor: u32,
    #[prost(string, tag = "3")]
    pub host: String,
}

#[derive(Clone, PartialEq, Message)]
pub struct DescribeResponse {
    #[prost(string, tag = "1")]
    pub manifest: String,
    #[prost(string, tag = "2")]
    pub name: String,
    #[prost(uint32, optional, tag = "3")]
    pub filter: Option<u32>,
    #[prost(uint32, optional, tag = "4")]
    pub transform: Option<u32>,
    #[prost(uint32, optional, tag = "5")]
    pub exporter: Option<u32>,
    #[prost(bool, tag = "6")]
    pub shared_blocks: bool,
    #[prost(uint32, tag = "7")]
    pub lanes: u32,
}

#[derive(Clone, PartialEq, Message)]
pub struct InitRequest {
    #[prost(bytes = "vec", tag = "1")]
    pub config: Vec<u8>,
    #[prost(uint32, tag = "2")]
    pub blocks_descriptor: u32,
    #[prost(uint64, tag = "3")]
    pub blocks_size: u64,
}

#[derive(Clone, PartialEq, Message)]
pub struct InitResponse {
    #[prost(bytes = "vec", repeated, tag = "1")]
    pub literals: Vec<Vec<u8>>,
    #[prost(message, optional, tag = "2")]
    pub problem: Option<Problem>,
}

#[derive(Clone, PartialEq, Message)]
pub struct Problem {
    #[prost(int32, tag = "1")]
    pub code: i32,
    #[prost(string, tag = "2")]
    pub message: String,
    #[prost(uint64, optional, tag = "3")]
    pub offset: Option<u64>,
}

#[derive(Clone, PartialEq, Message)]
pub struct Empty {}

#[derive(Clone, PartialEq, Message)]
pub struct HealthCheckRequest {
    #[prost(string, tag = "1")]
    pub service: String,
}

#[derive(Clone, PartialEq, Message)]
pub struct HealthCheckResponse {
    #[prost(int32, tag = "1")]
    pub status: i32,
}

#[derive(Clone, PartialEq, Message)]
pub struct Chunk {
    #[prost(bytes = "vec", tag = "1")]
    pub text: Vec<u8>,
    #[prost(message, optional, tag = "2")]
    pub problem: Option<Problem>,
}

#[derive(Clone, PartialEq, Message)]
pub struct Shared {
    #[prost(uint64, tag = "1")]
    pub at: u64,
    #[prost(uint32, tag = "2")]
    pub size: u32,
}

#[derive(Clone, PartialEq, Message)]
pub struct Lines {
    #[prost(uint64, tag = "1")]
    pub id: u64,
    #[prost(message, optional, tag = "2")]
    pub shared: Option<Shared>,
    /// Present, also if empty, when there is no `shared`.
    #[prost(bytes = "vec", optional, tag = "3")]
    pub data: Option<Vec<u8>>,
    #[prost(uint32, repeated, tag = "4")]
    pub ranges: Vec<u32>,
    #[prost(uint32, tag = "5")]
    pub input: u32,
    #[prost(uint64, tag = "6")]
    pub offset: u64,
}

#[derive(Clone, PartialEq, Message)]
pub struct Kept {
    #[prost(uint64, tag = "1")]
    pub id: u64,
    #[prost(uint32, repeated, tag = "2")]
    pub ranges: Vec<u32>,
    #[prost(message, optional, tag = "3")]
    pub problem: Option<Problem>,
}

#[derive(Clone, PartialEq, Message)]
pub struct Made {
    #[prost(uint64, tag = "1")]
    pub id: u64,
    #[prost(uint64, repeated, tag = "2")]
    pub pieces: Vec<u64>,
    #[prost(bytes = "vec", tag = "3")]
    pub text: Vec<u8>,
    #[prost(message, optional, tag = "4")]
    pub problem: Option<Problem>,
}

#[derive(Clone, PartialEq, Message)]
pub struct ExportLines {
    #[prost(message, optional, tag = "1")]
    pub lines: Option<Lines>,
    #[prost(bool, tag = "2")]
    pub begin: bool,
    #[prost(bool, tag = "3")]
    pub end: bool,
}

#[derive(Clone, PartialEq, Message)]
pub struct Exported {
    #[prost(uint64, tag = "1")]
    pub id: u64,
    #[prost(bytes = "vec", tag = "2")]
    pub text: Vec<u8>,
    #[prost(message, optional, tag = "3")]
    pub problem: Option<Problem>,
}

/// An answer about lines.
pub trait Answer: Message + Default + 'static {
    fn id(&self) -> u64;
    fn problem(&mut self) -> Option<Problem>;
}

macro_rules! answers {
    ($($name:ident)*) => {
        $(impl Answer for $name {
            fn id(&self) -> u64 {
                self.id
            }
            fn problem(&mut self) -> Option<Problem> {
                self.problem.take()
            }
        })*
    };
}

answers!(Kept Made Exported);

/// The messages that may be in transit. An answer of a block is as large as the block at most, plus its ranges.
const MAX_MESSAGE: usize = 64 << 20;

/// How long a call that answers at once may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// Whether a call failed because the connection broke, as it does when the program ends.
///
/// Only a status that was made here has a source. What the broken connection is called depends on the moment:
/// hyper calls a request that it has not sent yet cancelled.
pub fn is_disconnect(status: &Status) -> bool {
    match status.code() {
        Code::Unavailable => true,
        Code::Unknown | Code::Cancelled => status.source().is_some() && !is_timeout(status),
        _ => false,
    }
}

/// Whether the client gave a call up because its time was over. tonic calls that cancelled.
fn is_timeout(status: &Status) -> bool {
    iter::successors(status.source(), |&error| error.source()).any(|error| error.is::<TimeoutExpired>())
}

/// Returns what went wrong in a call, in words.
pub fn failure_of(status: &Status) -> String {
    match status.code() {
        Code::DeadlineExceeded => status.message().to_string(),
        _ if is_disconnect(status) => "it closed its connection".to_string(),
        code => format!("{code:?}: {}", status.message()),
    }
}

/// A connection to the program.
#[derive(Clone)]
pub struct Client(Grpc<Channel>);

impl Client {
    pub fn new(channel: Channel) -> Self {
        Client(Grpc::new(channel).max_decoding_message_size(MAX_MESSAGE).max_encoding_message_size(MAX_MESSAGE))
    }

    /// Makes a call that has one message and one answer.
    pub async fn unary<Q, A>(&mut self, path: &'static str, message: Q) -> Result<A, Status>
    where
        Q: Message + Default + 'static,
        A: Message + Default + 'static,
    {
        self.ready().await?;
        let mut request = Request::new(message);
        request.set_timeout(PATIENCE);
        let answer = self.0.unary(request, PathAndQuery::from_static(path), ProstCodec::<Q, A>::default());
        match tokio::time::timeout(PATIENCE, answer).await {
            Ok(Err(status)) if !is_timeout(&status) => Err(status),
            Ok(Ok(answer)) => Ok(answer.into_inner()),
            _ => Err(Status::deadline_exceeded(format!("it did not answer within {} s", PATIENCE.as_secs()))),
        }
    }

    /// Makes a call whose answer is a stream of messages.
    pub async fn streamed<Q, A>(&mut self, path: &'static str, message: Q) -> Result<Streaming<A>, Status>
    where
        Q: Message + Default + 'static,
        A: Message + Default + 'static,
    {
        self.ready().await?;
        let codec = ProstCodec::<Q, A>::default();
        Ok(self.0.server_streaming(Request::new(message), PathAndQuery::from_static(path), codec).await?.into_inner())
    }

    /// Makes a call with a stream in each direction.
    pub async fn both<Q, A>(
        &mut self,
        path: &'static str,
        messages: impl tokio_stream::Stream<Item = Q> + Send + 'static,
    ) -> Result<Streaming<A>, Status>
    where
        Q: Message + Default + 'static,
        A: Message + Default + 'static,
    {
        self.ready().await?;
        let codec = ProstCodec::<Q, A>::default();
        Ok(self.0.streaming(Request::new(messages), PathAndQuery::from_static(path), codec).await?.into_inner())
    }

    async fn ready(&mut self) -> Result<(), Status> {
        self.0.ready().await.map_err(|error| Status::unavailable(error.to_string()))
    }
}
