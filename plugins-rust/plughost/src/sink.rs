//! The output of a call.
use crate::{abi, Error};

/// The output of a call. It implements [`std::io::Write`], so `write!(out, …)?` works.
pub struct Sink<'a>(Target<'a>);

enum Target<'a> {
    Host(&'a mut abi::Sink),
    /// A row in the making.
    Row(&'a mut Vec<u8>),
}

/// Bytes of the longest row. A sink of the host takes as much for a block.
const MAX_ROW: usize = 1 << 30;

impl<'a> Sink<'a> {
    pub(crate) fn to_host(sink: &'a mut abi::Sink) -> Self {
        Sink(Target::Host(sink))
    }

    pub(crate) fn to_row(row: &'a mut Vec<u8>) -> Self {
        Sink(Target::Row(row))
    }

    /// Appends a copy of the bytes.
    ///
    /// # Errors
    /// The host takes no more bytes, or an allocation failed. Return the error from the call.
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

/// Offers bytes to the sink of the host. Returns false when the sink is full: it took nothing, and will take the bytes
/// after the host has emptied it.
pub(crate) fn offer(sink: &mut abi::Sink, bytes: &[u8]) -> Result<bool, Error> {
    let Some(write) = sink.write else { return Err(Error::invalid("the sink has no write")) };
    // SAFETY: The host keeps the sink valid during this call and uses the bytes only during it.
    match unsafe { write(sink, bytes.as_ptr().cast(), bytes.len() as u64) } {
        abi::status::AGAIN => Ok(false),
        status if status < 0 => Err(Error::of_status(status, "the sink took no more")),
        _ => Ok(true),
    }
}
