//! The host, as a plugin sees it.
use crate::abi;
use std::sync::{Arc, Mutex, PoisonError, RwLock, Weak};

/// How much a log line matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Level {
    Debug = 0,
    Info = 1,
    Warning = 2,
    Error = 3,
}

/// The services of the host, usable from any thread. Copies share one connection, which ends when the host destroys the
/// plugin. A copy that a thread of the plugin keeps for longer does nothing from then on.
#[derive(Clone)]
pub struct Host(Arc<Connection>);

/// The host's struct; null once the host has destroyed the plugin. A call of the host holds the lock, so that `destroy`
/// returns only after the last such call, as the contract demands.
struct Connection(RwLock<*const abi::Host>);

// SAFETY: The pointer is only used to call functions of the host, which the contract allows from any thread.
unsafe impl Send for Connection {}
// SAFETY: As above.
unsafe impl Sync for Connection {}

/// The hosts of all instances of this library, for messages that belong to no call.
static CONNECTED: Mutex<Vec<Weak<Connection>>> = Mutex::new(Vec::new());

impl Host {
    /// Records a message for the user. Never blocks.
    pub fn log(&self, level: Level, message: &str) {
        self.record(level as i32, message);
    }

    /// Nanoseconds on a clock that only goes forward; 0 once the plugin is destroyed.
    pub fn now_ns(&self) -> u64 {
        // SAFETY: `call` gives a host that is connected, and its functions are called with that host, as the contract
        // demands.
        self.call(|host| unsafe { host.now_ns.map(|now| now(host)) }).flatten().unwrap_or(0)
    }

    /// Connects to the host of an instance.
    ///
    /// # Safety
    /// `host` points to a host that is valid until [`Host::disconnect`] was called.
    pub(crate) unsafe fn connect(host: *const abi::Host) -> Self {
        let connection = Arc::new(Connection(RwLock::new(host)));
        let mut connected = CONNECTED.lock().unwrap_or_else(PoisonError::into_inner);
        connected.retain(|other| other.strong_count() > 0);
        connected.push(Arc::downgrade(&connection));
        Host(connection)
    }

    /// Ends the connection. Waits for calls of the host that other threads are making.
    pub(crate) fn disconnect(&self) {
        *self.0 .0.write().unwrap_or_else(PoisonError::into_inner) = std::ptr::null();
    }

    /// Reports a fault of the plugin that belongs to no call. False: no instance has a host.
    pub(crate) fn report(message: &str) -> bool {
        let connected: Vec<_> = CONNECTED.lock().unwrap_or_else(PoisonError::into_inner).clone();
        connected
            .iter()
            .rev()
            .filter_map(Weak::upgrade)
            .any(|host| Host(host).record(abi::LOG_PLUGIN_MISBEHAVING, message))
    }

    fn record(&self, level: i32, message: &str) -> bool {
        let text = abi::Bytes { data: message.as_ptr(), len: message.len() as u64 };
        // SAFETY: As in `now_ns`; the message is borrowed for the call.
        self.call(|host| unsafe { host.log.map(|log| log(host, level, text)) }).flatten().is_some()
    }

    fn call<T>(&self, call: impl FnOnce(&abi::Host) -> T) -> Option<T> {
        let host = self.0 .0.read().unwrap_or_else(PoisonError::into_inner);
        // SAFETY: While it is not null the host is valid, and `disconnect` waits for the lock that this call holds.
        unsafe { host.as_ref() }.map(call)
    }
}
