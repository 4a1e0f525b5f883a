//! Where a server listens.
use hyper_util::rt::TokioIo;
use serde::Deserialize;
use std::future::Future;
use std::io;
use std::net::{SocketAddr, ToSocketAddrs};
use std::path::PathBuf;
use std::time::Duration;
use tokio::net::{TcpStream, UnixStream};
use tokio::time::{sleep, timeout, Instant};

use crate::connection::Connection;

/// How long a connection may take to be there.
const PATIENCE: Duration = Duration::from_secs(4);
/// How long a server that listens nowhere is waited for, because it may be about to start again, and how often it is tried.
const RETURN: Duration = Duration::from_secs(3);
const PAUSE: Duration = Duration::from_millis(50);

/// What the host found in the source.
#[derive(Deserialize)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
pub enum Address {
    /// Hosts that are the same machine, by name or number, and the port. The first that answers is taken.
    Port(Vec<String>, u16),
    Socket(PathBuf),
}

impl Address {
    /// Connects to the server.
    pub async fn connect(&self) -> Result<Connection, String> {
        self.connect_once().await.map_err(|error| self.failed(&error))
    }

    /// As `connect`, but waits for a server that has just ended, and is started again.
    pub async fn connect_again(&self) -> Result<Connection, String> {
        let end = Instant::now() + RETURN;
        loop {
            match self.connect_once().await {
                Err(error) if is_absent(&error) && Instant::now() < end => sleep(PAUSE).await,
                other => return other.map_err(|error| self.failed(&error)),
            }
        }
    }

    fn failed(&self, error: &io::Error) -> String {
        match self {
            Address::Port(..) => format!("it cannot be reached: {error}"),
            Address::Socket(path) => format!("its socket {} cannot be reached: {error}", path.display()),
        }
    }

    async fn connect_once(&self) -> io::Result<Connection> {
        match self {
            Address::Socket(path) => {
                let stream = in_time(UnixStream::connect(path)).await?;
                Connection::new(TokioIo::new(stream)).await.map_err(io::Error::other)
            }
            Address::Port(hosts, port) => {
                let stream = in_time(connect_first(hosts, *port)).await?;
                stream.set_nodelay(true)?;
                Connection::new(TokioIo::new(stream)).await.map_err(io::Error::other)
            }
        }
    }
}

async fn connect_first(hosts: &[String], port: u16) -> io::Result<TcpStream> {
    let mut failed = io::Error::other("no host is named");
    for host in hosts {
        // Asks the system on this thread: its resolver has time limits of its own.
        let found: Vec<SocketAddr> = match (host.as_str(), port).to_socket_addrs() {
            Ok(found) => found.collect(),
            Err(error) => {
                failed = error;
                continue;
            }
        };
        for address in found {
            match TcpStream::connect(address).await {
                Ok(stream) => return Ok(stream),
                Err(error) => failed = error,
            }
        }
    }
    Err(failed)
}

async fn in_time<T>(connecting: impl Future<Output = io::Result<T>>) -> io::Result<T> {
    timeout(PATIENCE, connecting).await.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
}

/// Whether nobody listens there, as while a server starts.
fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::ConnectionRefused | io::ErrorKind::NotFound)
}
