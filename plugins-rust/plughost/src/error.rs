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

    /// The config cannot be used; say which option and why.
    pub fn config(message: impl Into<String>) -> Self {
        Self::new(status::CONFIG, message)
    }

    /// Reading or writing failed.
    pub fn io(message: impl Into<String>) -> Self {
        Self::new(status::IO, message)
    }

    /// There is no memory.
    pub fn no_memory() -> Self {
        Self::new(status::NOMEM, "there is no memory")
    }

    /// The call saw that it is cancelled and gave up.
    pub fn cancelled() -> Self {
        Self::new(status::CANCELLED, "cancelled")
    }

    /// Anything else that went wrong in the plugin.
    pub fn internal(message: impl Into<String>) -> Self {
        Self::new(status::INTERNAL, message)
    }

    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::new(status::INVALID, message)
    }

    pub(crate) fn panic(message: impl Into<String>) -> Self {
        Self::new(status::PANIC, message)
    }

    pub(crate) fn of_status(code: i32, message: &str) -> Self {
        Self::new(code, message)
    }

    /// Names the byte of the config or the block that is to blame.
    pub fn at(mut self, offset: u64) -> Self {
        self.offset = Some(offset);
        self
    }

    /// The status of the contract, negative.
    pub fn code(&self) -> i32 {
        self.code
    }

    /// Writes this error where the host wants it, and returns its status.
    ///
    /// # Safety
    /// `to` is null or points to a `plug_error` that may be written.
    pub(crate) unsafe fn fill(&self, to: *mut abi::Error) -> i32 {
        // SAFETY: The caller promises it.
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

/// What `write!` to a [`Sink`](crate::Sink) gives is the sink's own error; any other is one of reading or writing.
impl From<std::io::Error> for Error {
    fn from(error: std::io::Error) -> Self {
        match error.downcast::<Error>() {
            Ok(own) => own,
            Err(error) if error.kind() == std::io::ErrorKind::OutOfMemory => Self::no_memory(),
            Err(error) => Self::io(error.to_string()),
        }
    }
}
