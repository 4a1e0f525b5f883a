//! What a program prints after its handshake, if it is one in Go: go-plugin then sends both outputs by a call.
use crate::output::{Lines, Printed};
use crate::process::connect;
use crate::wire::Empty;
use prost::Message;
use std::thread;
use tokio::runtime::Builder;

const STREAM: &str = "/plugin.GRPCStdio/StreamStdio";
const ERRORS: i32 = 2;

#[derive(Clone, PartialEq, Message)]
struct Piece {
    /// 1: of standard output; 2: of standard error.
    #[prost(int32, tag = "1")]
    channel: i32,
    #[prost(bytes = "vec", tag = "2")]
    data: Vec<u8>,
}

/// Reads what a program prints, on a thread of its own, to its end. A program whose output nobody reads stops when it has
/// printed 64 KiB. Other programs than those in Go have no such call, and print to their outputs.
pub fn read_stdio(socket: String, printed: Printed) {
    thread::spawn(move || {
        let Ok(runtime) = Builder::new_current_thread().enable_all().build() else { return };
        runtime.block_on(async {
            let Ok(mut client) = connect(&socket).await else { return };
            let Ok(mut pieces) = client.streamed::<_, Piece>(STREAM, Empty {}).await else { return };
            let (mut output, mut errors) = (Lines::default(), Lines::default());
            while let Ok(Some(Piece { channel, data })) = pieces.message().await {
                match channel {
                    ERRORS => errors.add(&data, |line| printed.error(&line)),
                    _ => output.add(&data, |line| printed.output(&line)),
                }
            }
            output.finish(|line| printed.output(&line));
            errors.finish(|line| printed.error(&line));
        });
    });
}
