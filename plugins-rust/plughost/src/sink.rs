//! Where a call puts its output.
use crate::{abi, Error};

/// Where a call puts its output. Also a [`std::io::Write`], so `write!(out, …)?` works.
pub struct Sink<'a>(Target<'a>);

enum Target<'a> {
    Host(&'a mut abi::Sink),
    /// A row that is not complete yet.
    Row(&'a mut Vec<u8>),
}

/// Bytes of the longest row: what a sink of the host takes for a block.
const MAX_ROW: usize = 1 << 30;

impl<'a> Sink<'a> {
    pub(crate) fn to_host(sink: &'a mut abi::Sink) -> Self {
        Sink(Target::Host(sink))
    }

    pub(crate) fn to_row(row: &'a mut Vec<u8>) -> Self {
        Sink(Target::Row(row))
    }

    /// Appends a copy of the bytes.
    pub fn put(&mut self, bytes: impl AsRef<[u8]>) -> Result<(), Error> {
        let bytes = bytes.as_ref();
        match &mut self.0 {
            Target::Host(sink) => match offer(sink, bytes)? {
                true => Ok(()),
                false => Err(Error::io("the host took no more bytes")),
            },
            Target::Row(row) => {
                if bytes.len() > MAX_ROW.saturating_sub(row.len()) || row.try_reserve(bytes.len()).is_err() {
                    return Err(Error::no_memory());
                }
                row.extend_from_slice(bytes);
                Ok(())
            }
        }
    }
}

impl std::io::Write for Sink<'_> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.put(bytes).map_err(std::io::Error::other)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Offers bytes to the host's sink. False: it takes nothing now, and will after it was emptied.
pub(crate) fn offer(sink: &mut abi::Sink, bytes: &[u8]) -> Result<bool, Error> {
    let Some(write) = sink.write else { return Err(Error::invalid("the sink has no write")) };
    // SAFETY: The sink is the host's and valid for this call; the bytes are borrowed for it.
    match unsafe { write(sink, bytes.as_ptr().cast(), bytes.len() as u64) } {
        abi::status::AGAIN => Ok(false),
        status if status < 0 => Err(Error::of_status(status, "the sink took no more")),
        _ => Ok(true),
    }
}
