use crate::abi::{self, status};

/// Why a call of a plugin failed: a status of the contract, and one sentence for the user.
#[derive(Debug, Clone)]
pub struct Error {
    code: i32,
    message: String,
    offset: Option<u64>,
}

impl Error {
    fn new(code: i32, message: impl Into<String>) -> Self {
        Error { code, message: message.into(), offset: None }
    }

    /// The configuration cannot be used. The message says which option and why.
    pub fn config(message: impl Into<String>) -> Self {
        Self::new(status::CONFIG, message)
    }

    /// Reading or writing failed.
    pub fn io(message: impl Into<String>) -> Self {
        Self::new(status::IO, message)
    }

    /// An allocation failed.
    pub fn no_memory() -> Self {
        Self::new(status::NOMEM, "there is no memory")
    }

    /// The call stopped because [`Context::cancelled`](crate::Context::cancelled) was true.
    pub fn cancelled() -> Self {
        Self::new(status::CANCELLED, "cancelled")
    }

    /// Any other failure of the plugin.
    pub fn internal(message: impl Into<String>) -> Self {
        Self::new(status::INTERNAL, message)
    }

    /// The plugin cannot be called any more. The host treats it as one that has panicked: an isolated one is started anew, and
    /// the lines that it does not survive are found.
    pub fn broken(message: impl Into<String>) -> Self {
        Self::new(status::PANIC, message)
    }

    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::new(status::INVALID, message)
    }

    /// A failure with a status of the contract, which is negative: see [`abi::status`].
    pub fn of_status(code: i32, message: impl Into<String>) -> Self {
        Self::new(code, message)
    }

    /// The error that a plugin in another process reported with a status of the contract. A status that only a host or the
    /// SDK gives becomes an internal failure.
    pub fn reported(code: i32, message: impl Into<String>) -> Self {
        match code {
            status::CONFIG => Self::config(message),
            status::NOMEM => Self::no_memory(),
            status::IO => Self::io(message),
            status::CANCELLED => Self::cancelled(),
            _ => Self::internal(message),
        }
    }

    /// Adds the offset of the byte that caused the error, in the configuration or in the block.
    pub fn at(mut self, offset: u64) -> Self {
        self.offset = Some(offset);
        self
    }

    /// Returns the status of the contract, which is negative.
    pub fn code(&self) -> i32 {
        self.code
    }

    /// Writes this error to `to`, unless that is null, and returns its status. Cuts a message that is too long at the end
    /// of a character.
    ///
    /// # Safety
    /// `to` must be null or point to a `plug_error` that is valid for writes.
    pub(crate) unsafe fn fill(&self, to: *mut abi::Error) -> i32 {
        // SAFETY: The caller guarantees null or a struct that is valid for writes.
        if let Some(to) = unsafe { to.as_mut() } {
            let mut len = self.message.len().min(abi::ERROR_MESSAGE_MAX);
            while !self.message.is_char_boundary(len) {
                len -= 1;
            }
            to.code = self.code;
            to.offset = self.offset.unwrap_or(u64::MAX);
            to.len = len as u32;
            to.message[..len].copy_from_slice(&self.message.as_bytes()[..len]);
        }
        self.code
    }
}

impl std::fmt::Display for Error {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(&self.message)
    }
}

impl std::error::Error for Error {}

/// Returns the error of the [`Sink`](crate::Sink) itself when it came through `write!`, and else an error of reading or
/// writing.
impl From<std::io::Error> for Error {
    fn from(error: std::io::Error) -> Self {
        match error.downcast::<Error>() {
            Ok(own) => own,
            Err(error) if error.kind() == std::io::ErrorKind::OutOfMemory => Self::no_memory(),
            Err(error) => Self::io(error.to_string()),
        }
    }
}
