//! Where the message of a panic goes.
//!
//! The standard library prints it to standard error. The SDK returns it as the error of the call of the host that
//! panicked, and logs it for any other panic, such as one in a thread of the plugin.
use crate::Host;
use std::any::Any;
use std::cell::{Cell, RefCell};
use std::mem::forget;
use std::panic::{catch_unwind, set_hook, take_hook, AssertUnwindSafe, PanicHookInfo};
use std::sync::Once;

thread_local! {
    /// The number of calls of the host that this thread is inside.
    static CALLS: Cell<u32> = const { Cell::new(0) };
    /// The source line of the last panic in such a call, until the error is made.
    static PLACE: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Replaces the panic hook, once for the library. The new hook passes a panic on to the old one if no call and no host
/// can report it.
pub fn listen() {
    static LISTENING: Once = Once::new();
    LISTENING.call_once(|| {
        let before = take_hook();
        set_hook(Box::new(move |panic| {
            let in_call = CALLS.try_with(Cell::get).unwrap_or(0) > 0;
            if in_call && remember_place(panic) {
                return;
            }
            if !Host::report(&message(&place_of(panic), text_of(panic.payload()))) {
                before(panic);
            }
        }));
    });
}

/// Runs a call of the host. Returns `Err` with the message of the panic if it panics.
pub fn caught<T>(call: impl FnOnce() -> T) -> Result<T, String> {
    let called = CALLS.with(|calls| {
        calls.set(calls.get() + 1);
        let called = catch_unwind(AssertUnwindSafe(call));
        calls.set(calls.get() - 1);
        called
    });
    called.map_err(|payload| {
        let place = PLACE.try_with(RefCell::take).unwrap_or_default();
        let message = message(&place, text_of(&*payload));
        drop_caught(payload);
        message
    })
}

/// Drops a value of the plugin. Catches a panic of its `drop`, and leaks the payload of that panic, because dropping the
/// payload may panic as well.
pub fn drop_caught<T>(value: T) {
    if let Err(payload) = catch_unwind(AssertUnwindSafe(|| drop(value))) {
        forget(payload);
    }
}

/// Stores the source line of a panic for the error of its call. Returns false when an earlier panic of this thread has
/// not become an error yet: the thread may still unwind from it, and then the new panic ends the process before any
/// error is made, so it must be reported now.
fn remember_place(panic: &PanicHookInfo<'_>) -> bool {
    let before = PLACE.try_with(|place| place.replace(place_of(panic))).unwrap_or_default();
    before.is_empty()
}

fn message(place: &str, text: &str) -> String {
    let at = if place.is_empty() { "" } else { " at " };
    format!("the plugin panicked{at}{place}: {text}")
}

fn place_of(panic: &PanicHookInfo<'_>) -> String {
    panic.location().map(|place| format!("{}:{}", place.file(), place.line())).unwrap_or_default()
}

fn text_of(payload: &(dyn Any + Send)) -> &str {
    let text = payload.downcast_ref::<&str>().copied();
    text.or_else(|| payload.downcast_ref::<String>().map(String::as_str)).unwrap_or("no message")
}
