//! The C entries of a plugin. All of them pass through one guard.
use crate::abi::{self, status};
use crate::panics::{caught, drop_caught, listen};
use crate::views::slice;
use crate::{Context, Error, Host, Plugin, Sink};
use std::ffi::{c_char, c_void, CStr};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::OnceLock;

/// Which extensions a plugin offers; `export!` implements it.
///
/// # Safety
/// What `extension` gives for an id is null, or points to the struct that the contract names for this id, which lives
/// as long as the library and whose functions take instances of this very plugin.
pub unsafe trait Offers: Plugin {
    /// The struct behind an extension's id, or null.
    fn extension(id: &CStr) -> *const c_void;
}

/// An instance as the host sees it: a `plug_plugin` first, what is ours behind it.
#[repr(C)]
pub(crate) struct Instance<P> {
    head: abi::Plugin,
    plugin: OnceLock<P>,
    host: OnceLock<Host>,
    poisoned: AtomicBool,
}

impl<P> Instance<P> {
    pub(crate) fn plugin(&self) -> Result<&P, Error> {
        self.plugin.get().ok_or_else(|| Error::invalid("the plugin was called before init, or although init failed"))
    }
}

/// What every entry passes through: null check, poison check, the end of a panic, and the error to where the host wants
/// it.
///
/// # Safety
/// `plugin` is null or what [`new_plugin`] gave for the same `P`; `error` is null or may be written.
pub(crate) unsafe fn guard<P: Plugin>(
    plugin: *const abi::Plugin,
    error: *mut abi::Error,
    entry: impl FnOnce(&Instance<P>) -> Result<i64, Error>,
) -> i64 {
    let answer = || {
        // SAFETY: The caller promises null or an instance of `P`.
        let Some(instance) = (unsafe { plugin.cast::<Instance<P>>().as_ref() }) else {
            return Err(Error::invalid("the plugin is null"));
        };
        if instance.poisoned.load(Ordering::Relaxed) {
            return Err(Error::panic("the plugin panicked in an earlier call"));
        }
        caught(|| entry(instance)).unwrap_or_else(|message| {
            instance.poisoned.store(true, Ordering::Relaxed);
            Err(Error::panic(message))
        })
    };
    // SAFETY: The caller promises null or an error that may be written.
    answer().unwrap_or_else(|failure| unsafe { failure.fill(error) }.into())
}

/// A pointer that the host owes.
///
/// # Safety
/// `pointer` is null or valid for `'a`.
pub(crate) unsafe fn given<'a, T>(pointer: *const T, what: &str) -> Result<&'a T, Error> {
    // SAFETY: The caller promises it.
    unsafe { pointer.as_ref() }.ok_or_else(|| Error::invalid(format!("{what} is null")))
}

/// The same for what may be written.
///
/// # Safety
/// `pointer` is null or valid for `'a`, and nobody else uses it meanwhile.
pub(crate) unsafe fn given_mut<'a, T>(pointer: *mut T, what: &str) -> Result<&'a mut T, Error> {
    // SAFETY: The caller promises it.
    unsafe { pointer.as_mut() }.ok_or_else(|| Error::invalid(format!("{what} is null")))
}

/// An array that the host owes.
///
/// # Safety
/// `pointer` is null or valid for `count` elements and `'a`, and nobody else uses them meanwhile.
pub(crate) unsafe fn given_array<'a, T>(pointer: *mut T, count: usize, what: &str) -> Result<&'a mut [T], Error> {
    // SAFETY: The caller promises it.
    let first = unsafe { given_mut(pointer, what) }?;
    // SAFETY: As above.
    Ok(unsafe { std::slice::from_raw_parts_mut(first, count) })
}

/// A fresh instance, for `NewPlugin`.
pub fn new_plugin<P: Offers>() -> *mut abi::Plugin {
    listen();
    let head = abi::Plugin {
        size: size_of::<abi::Plugin>() as u32,
        magic: abi::MAGIC,
        abi_major: abi::MAJOR,
        abi_minor: abi::MINOR,
        flags: 0,
        reserved: 0,
        this: std::ptr::null_mut(),
        name: Some(name::<P>),
        init: Some(init::<P>),
        run: Some(run::<P>),
        destroy: Some(destroy::<P>),
        extension: Some(extension::<P>),
    };
    let instance =
        Instance::<P> { head, plugin: OnceLock::new(), host: OnceLock::new(), poisoned: AtomicBool::new(false) };
    Box::into_raw(Box::new(instance)).cast()
}

unsafe extern "C" fn name<P: Plugin>(_: *const abi::Plugin) -> *const c_char {
    P::NAME.as_ptr()
}

// SAFETY, in the entries below: the contract. A host calls them with an instance that `new_plugin` made and that is not
// destroyed, and with pointers that are null or valid for the call.

unsafe extern "C" fn init<P: Plugin>(
    plugin: *mut abi::Plugin,
    host: *const abi::Host,
    config: abi::Bytes,
    error: *mut abi::Error,
) -> i32 {
    let entry = |instance: &Instance<P>| {
        // SAFETY: The contract. The host stays valid until `destroy`, which ends the connection.
        let (host, config) =
            unsafe { (Host::connect(given(host, "the host")?), slice(config.data, config.len as usize)) };
        instance.host.set(host.clone()).map_err(|_| Error::invalid("init was called twice"))?;
        let made = P::new(config, host)?;
        instance.plugin.set(made).map_err(|_| Error::invalid("init was called twice"))?;
        Ok(status::OK.into())
    };
    // SAFETY: The contract.
    unsafe { guard::<P>(plugin, error, entry) as i32 }
}

unsafe extern "C" fn run<P: Plugin>(
    plugin: *mut abi::Plugin,
    ctx: *const abi::Ctx,
    out: *mut abi::Sink,
    error: *mut abi::Error,
) -> i32 {
    let entry = |instance: &Instance<P>| {
        // SAFETY: The contract.
        let (ctx, out) = unsafe { (given(ctx, "ctx")?, given_mut(out, "the sink")?) };
        instance.plugin()?.run(&Context(ctx), &mut Sink::to_host(out))?;
        Ok(status::OK.into())
    };
    // SAFETY: The contract.
    unsafe { guard::<P>(plugin, error, entry) as i32 }
}

/// The one entry that a poisoned instance still takes. What cannot be dropped is leaked. The host is connected until the
/// plugin is dropped, so that its `drop` may log.
unsafe extern "C" fn destroy<P: Plugin>(plugin: *mut abi::Plugin) {
    if plugin.is_null() {
        return;
    }
    // SAFETY: The contract: `new_plugin` made it, and this call is its last.
    let instance = unsafe { Box::from_raw(plugin.cast::<Instance<P>>()) };
    drop_caught(instance.plugin);
    if let Some(host) = instance.host.get() {
        host.disconnect();
    }
}

unsafe extern "C" fn extension<P: Offers>(_: *const abi::Plugin, id: *const c_char) -> *const c_void {
    if id.is_null() {
        return std::ptr::null();
    }
    // SAFETY: The contract: an id ends with NUL.
    let id = unsafe { CStr::from_ptr(id) };
    caught(|| P::extension(id)).unwrap_or(std::ptr::null())
}

/// A state for one worker, boxed for the host. The byte makes the box never of size zero, so that the pointer is never
/// one that `Box` did not allocate.
type BoxedState<S> = (S, u8);

/// # Safety
/// As for [`guard`].
pub(crate) unsafe fn state_new<P: Plugin, S>(
    plugin: *const abi::Plugin,
    error: *mut abi::Error,
    make: impl FnOnce(&P) -> Result<S, Error>,
) -> *mut c_void {
    let mut state = std::ptr::null_mut();
    let entry = |instance: &Instance<P>| {
        state = Box::into_raw(Box::new((make(instance.plugin()?)?, 0u8) as BoxedState<S>)).cast();
        Ok(status::OK.into())
    };
    // SAFETY: The caller promises it.
    unsafe { guard::<P>(plugin, error, entry) };
    state
}

/// # Safety
/// `state` is null or what [`state_new`] gave for the same `S`, and nobody else uses it meanwhile.
pub(crate) unsafe fn state_of<'a, S>(state: *mut c_void) -> Result<&'a mut S, Error> {
    // SAFETY: The caller promises it.
    Ok(&mut unsafe { given_mut(state.cast::<BoxedState<S>>(), "the state") }?.0)
}

pub(crate) unsafe extern "C" fn state_free<P: Plugin, S>(plugin: *const abi::Plugin, state: *mut c_void) {
    let entry = |_: &Instance<P>| {
        if !state.is_null() {
            // SAFETY: The contract: `state_new` made it, and this call is its last.
            drop(unsafe { Box::from_raw(state.cast::<BoxedState<S>>()) });
        }
        Ok(status::OK.into())
    };
    // SAFETY: The contract.
    unsafe { guard::<P>(plugin, std::ptr::null_mut(), entry) };
}
