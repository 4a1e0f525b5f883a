//! The host, as a plugin sees it.
use crate::{abi, Error};
use std::ffi::{c_void, CStr};
use std::sync::{Arc, Mutex, PoisonError, RwLock, Weak};

/// The level of a log line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Level {
    Debug = 0,
    Info = 1,
    Warning = 2,
    Error = 3,
}

/// The services of the host. Any thread may use them. All clones share one connection. It ends when the host destroys
/// the plugin; after that a clone that a thread still holds does nothing.
#[derive(Clone)]
pub struct Host(Arc<Connection>);

/// The struct of the host, or null after the host has destroyed the plugin. Each call of the host holds the read lock, so
/// `destroy` waits for the last such call. The contract requires that.
struct Connection(RwLock<*const abi::Host>);

// SAFETY: The connection uses the pointer only to call functions of the host, and the contract lets any thread call them.
unsafe impl Send for Connection {}
// SAFETY: As for `Send`.
unsafe impl Sync for Connection {}

/// The hosts of all instances of this library. [`Host::report`] uses them for messages that belong to no call.
static CONNECTED: Mutex<Vec<Weak<Connection>>> = Mutex::new(Vec::new());

impl Host {
    /// Logs a message for the user. Does not block.
    pub fn log(&self, level: Level, message: &str) {
        self.record(level as i32, message);
    }

    /// Returns nanoseconds of a monotonic clock, or 0 after the host has destroyed the plugin.
    pub fn now_ns(&self) -> u64 {
        // SAFETY: `call` passes a connected host, and the contract wants its functions called with that host.
        self.call(|host| unsafe { host.now_ns.map(|now| now(host)) }).flatten().unwrap_or(0)
    }

    /// Returns the service of an id, or null if this host does not have it. The service is valid until the host destroys the
    /// plugin, and its id says what it is.
    pub fn extension(&self, id: &CStr) -> *const c_void {
        // SAFETY: As in `now_ns`. The id is valid during the call.
        let service = self.call(|host| unsafe { host.extension.map(|extension| extension(host, id.as_ptr())) });
        service.flatten().unwrap_or(std::ptr::null())
    }

    /// Connects to the host of an instance.
    ///
    /// # Safety
    /// `host` must stay valid until [`Host::disconnect`] has returned.
    pub(crate) unsafe fn connect(host: *const abi::Host) -> Self {
        let connection = Arc::new(Connection(RwLock::new(host)));
        let mut connected = CONNECTED.lock().unwrap_or_else(PoisonError::into_inner);
        connected.retain(|other| other.strong_count() > 0);
        connected.push(Arc::downgrade(&connection));
        Host(connection)
    }

    /// Ends the connection. Waits until no thread is inside a call of the host.
    pub(crate) fn disconnect(&self) {
        *self.0 .0.write().unwrap_or_else(PoisonError::into_inner) = std::ptr::null();
    }

    /// Logs a fault of the plugin that belongs to no call, through the newest connected host. Returns false when there is
    /// none.
    pub(crate) fn report(message: &str) -> bool {
        let connected: Vec<_> = CONNECTED.lock().unwrap_or_else(PoisonError::into_inner).clone();
        connected
            .iter()
            .rev()
            .filter_map(Weak::upgrade)
            .any(|host| Host(host).record(abi::LOG_PLUGIN_MISBEHAVING, message))
    }

    /// Logs the failure of a call of the host that has no `plug_error`.
    pub(crate) fn report_failure(&self, failure: &Error) {
        let is_panic = failure.code() == abi::status::PANIC;
        let level = if is_panic { abi::LOG_PLUGIN_MISBEHAVING } else { Level::Error as i32 };
        self.record(level, &failure.to_string());
    }

    fn record(&self, level: i32, message: &str) -> bool {
        let text = abi::Bytes { data: message.as_ptr(), len: message.len() as u64 };
        // SAFETY: As in `now_ns`. The host uses the message only during the call.
        self.call(|host| unsafe { host.log.map(|log| log(host, level, text)) }).flatten().is_some()
    }

    /// Makes a call of the host. Returns `None` after the host has destroyed the plugin.
    fn call<T>(&self, call: impl FnOnce(&abi::Host) -> T) -> Option<T> {
        let host = self.0 .0.read().unwrap_or_else(PoisonError::into_inner);
        // SAFETY: A pointer that is not null is valid, and `disconnect` waits for the lock that this call holds.
        unsafe { host.as_ref() }.map(call)
    }
}
