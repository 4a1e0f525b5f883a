//! What becomes of the text of a panic.
//!
//! The standard library prints it to standard error, raw and unasked. Here a panic in a call of the host becomes the
//! error of that call, and any other, such as one in a thread of the plugin, is logged.
use crate::Host;
use std::any::Any;
use std::cell::{Cell, RefCell};
use std::mem::forget;
use std::panic::{catch_unwind, set_hook, take_hook, AssertUnwindSafe, PanicHookInfo};
use std::sync::Once;

thread_local! {
    /// How many calls of the host this thread is in.
    static CALLS: Cell<u32> = const { Cell::new(0) };
    /// Where the last panic in such a call began.
    static PLACE: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Takes the place of the standard library's panic hook, once. A panic that nobody else can report still goes to the
/// hook that was there before.
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

/// Makes a call of the plugin for the host. `Err`: it panicked, with this message.
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

/// Drops what belongs to the plugin. Its `drop` may panic, and so may that of the payload, which is then leaked.
pub fn drop_caught<T>(value: T) {
    if let Err(payload) = catch_unwind(AssertUnwindSafe(|| drop(value))) {
        forget(payload);
    }
}

/// Remembers where a panic began that the guard of the call will report. False: it may be that it never gets there,
/// because this thread has not finished with an earlier panic, and a panic while another one unwinds ends the process.
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
