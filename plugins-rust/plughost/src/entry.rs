//! The C functions of a plugin. Each of them runs inside `guard`.
use crate::abi::{self, status};
use crate::panics::{caught, drop_caught, listen};
use crate::views::slice;
use crate::{Context, Error, Host, Plugin, Sink};
use std::ffi::{c_char, c_void, CStr};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::OnceLock;

/// The extensions that a plugin offers. `export!` implements this trait.
///
/// # Safety
/// `extension` must return null or a pointer to the struct that the contract names for this id. The struct must live as
/// long as the library, and its functions must accept instances of this plugin type.
pub unsafe trait Offers: Plugin {
    /// Returns the struct of an extension, or null if the plugin does not offer it. Without an instance, returns what one
    /// has that decides nothing itself.
    fn extension(plugin: Option<&Self>, id: &CStr) -> *const c_void;
}

/// An instance. The host sees only its first field, the `plug_plugin`.
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

    /// Logs why a call failed that cannot return a message.
    fn log(&self, failure: &Error) {
        if failure.code() != status::CANCELLED {
            self.host.get().inspect(|host| host.report_failure(failure));
        }
    }
}

/// Runs one call of the host: refuses null and poisoned instances, turns a panic into an error, and writes the error to
/// `error`, or logs it if that is null. Returns the result of `entry`, or the negative status of the error.
///
/// # Safety
/// `plugin` must be null or come from [`new_plugin`] for the same `P`. `error` must be null or valid for writes.
pub(crate) unsafe fn guard<P: Plugin>(
    plugin: *const abi::Plugin,
    error: *mut abi::Error,
    entry: impl FnOnce(&Instance<P>) -> Result<i64, Error>,
) -> i64 {
    let answer = || {
        // SAFETY: The caller guarantees null or an instance of `P`.
        let Some(instance) = (unsafe { plugin.cast::<Instance<P>>().as_ref() }) else {
            return Err(Error::invalid("the plugin is null"));
        };
        if instance.poisoned.load(Ordering::Relaxed) {
            return Err(Error::broken("the plugin panicked in an earlier call"));
        }
        let called = caught(|| entry(instance)).unwrap_or_else(|message| {
            instance.poisoned.store(true, Ordering::Relaxed);
            Err(Error::broken(message))
        });
        if let (true, Err(failure)) = (error.is_null(), &called) {
            instance.log(failure);
        }
        called
    };
    // SAFETY: The caller guarantees null or an error that is valid for writes.
    answer().unwrap_or_else(|failure| unsafe { failure.fill(error) }.into())
}

/// Returns the target of a pointer that the contract requires, or an error that names it when it is null.
///
/// # Safety
/// `pointer` must be null or valid for reads during `'a`.
pub(crate) unsafe fn given<'a, T>(pointer: *const T, what: &str) -> Result<&'a T, Error> {
    // SAFETY: The caller guarantees null or a pointer that is valid for reads.
    unsafe { pointer.as_ref() }.ok_or_else(|| Error::invalid(format!("{what} is null")))
}

/// Like [`given`], for a pointer to memory that the plugin writes.
///
/// # Safety
/// `pointer` must be null or valid for reads and writes during `'a`, without other users.
pub(crate) unsafe fn given_mut<'a, T>(pointer: *mut T, what: &str) -> Result<&'a mut T, Error> {
    // SAFETY: The caller guarantees null or a pointer that is valid for writes and has no other users.
    unsafe { pointer.as_mut() }.ok_or_else(|| Error::invalid(format!("{what} is null")))
}

/// Like [`given_mut`], for an array of `count` elements.
///
/// # Safety
/// `pointer` must be null or valid for reads and writes of `count` elements during `'a`, without other users.
pub(crate) unsafe fn given_array<'a, T>(pointer: *mut T, count: usize, what: &str) -> Result<&'a mut [T], Error> {
    // SAFETY: The caller guarantees null or a pointer that is valid for writes and has no other users.
    let first = unsafe { given_mut(pointer, what) }?;
    // SAFETY: The pointer is not null, so the caller guarantees `count` elements.
    Ok(unsafe { std::slice::from_raw_parts_mut(first, count) })
}

/// Returns the flags of a kind whose lines come in input order (`ordered`), or in any order (`linewise`). A host ignores
/// the second when the first is set, so the two are never set together.
pub(crate) const fn line_flags(ordered: (bool, u32), linewise: (bool, u32)) -> u32 {
    match (ordered.0, linewise.0) {
        (true, _) => ordered.1,
        (false, true) => linewise.1,
        (false, false) => 0,
    }
}

/// Makes an instance for `NewPlugin`. The host owns it and ends it by `destroy`.
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

// "The contract" in the SAFETY comments below: the host passes an instance that `new_plugin` made and that it has not
// destroyed, and pointers that are null or valid for the call.

/// Returns the plugin behind the pointer of the host; none before `init`, after a failed one, and after a panic.
///
/// # Safety
/// `plugin` must be null or come from [`new_plugin`] for the same `P`.
unsafe fn initialised<'a, P: Plugin>(plugin: *const abi::Plugin) -> Option<&'a P> {
    // SAFETY: The caller guarantees null or an instance of `P`.
    let instance = unsafe { plugin.cast::<Instance<P>>().as_ref() }?;
    if instance.poisoned.load(Ordering::Relaxed) {
        return None;
    }
    instance.plugin.get()
}

unsafe extern "C" fn name<P: Plugin>(plugin: *const abi::Plugin) -> *const c_char {
    // SAFETY: The contract.
    let plugin = unsafe { initialised::<P>(plugin) };
    caught(|| plugin.map_or(P::NAME, P::name)).unwrap_or(P::NAME).as_ptr()
}

unsafe extern "C" fn init<P: Plugin>(
    plugin: *mut abi::Plugin,
    host: *const abi::Host,
    config: abi::Bytes,
    error: *mut abi::Error,
) -> i32 {
    let entry = |instance: &Instance<P>| {
        // SAFETY: The contract. The host struct is valid until `destroy` returns, and `destroy` ends the connection.
        let (host, config) =
            unsafe { (Host::connect(given(host, "the host")?), slice(config.data, config.len as usize)) };
        instance.host.set(host.clone()).map_err(|_| Error::invalid("init was called twice"))?;
        let made = P::new(config, host)?;
        instance.plugin.set(made).map_err(|_| Error::invalid("init was called twice"))?;
        Ok(status::OK.into())
    };
    // SAFETY: The host passes a live instance and pointers that are null or valid for the call.
    unsafe { guard::<P>(plugin, error, entry) as i32 }
}

unsafe extern "C" fn run<P: Plugin>(
    plugin: *mut abi::Plugin,
    ctx: *const abi::Ctx,
    out: *mut abi::Sink,
    error: *mut abi::Error,
) -> i32 {
    let entry = |instance: &Instance<P>| {
        // SAFETY: The host passes a live instance and pointers that are null or valid for the call.
        let (ctx, out) = unsafe { (given(ctx, "ctx")?, given_mut(out, "the sink")?) };
        instance.plugin()?.run(&Context(ctx), &mut Sink::to_host(out))?;
        Ok(status::OK.into())
    };
    // SAFETY: The host passes a live instance and pointers that are null or valid for the call.
    unsafe { guard::<P>(plugin, error, entry) as i32 }
}

/// Drops the instance, also a poisoned one. Leaks a plugin whose `drop` panics. Disconnects the host after the drop, so
/// that the `drop` of the plugin may log.
unsafe extern "C" fn destroy<P: Plugin>(plugin: *mut abi::Plugin) {
    if plugin.is_null() {
        return;
    }
    // SAFETY: The contract: `new_plugin` made the instance, and this call is the last one.
    let instance = unsafe { Box::from_raw(plugin.cast::<Instance<P>>()) };
    drop_caught(instance.plugin);
    if let Some(host) = instance.host.get() {
        host.disconnect();
    }
}

unsafe extern "C" fn extension<P: Offers>(plugin: *const abi::Plugin, id: *const c_char) -> *const c_void {
    if id.is_null() {
        return std::ptr::null();
    }
    // SAFETY: The contract: an id is a text that ends with NUL.
    let (plugin, id) = unsafe { (initialised::<P>(plugin), CStr::from_ptr(id)) };
    let found =
        || if plugin.is_none_or(|plugin| plugin.offers(id)) { P::extension(plugin, id) } else { std::ptr::null() };
    caught(found).unwrap_or(std::ptr::null())
}

/// The state of one worker, as the host holds it. The extra byte keeps the size above zero: `Box` returns a dangling
/// pointer for a type of size zero, and all states would share it.
type BoxedState<S> = (S, u8);

/// Makes the state of a worker. Returns null after an error, which it writes to `error`. The host owns the state and
/// ends it by [`state_free`].
///
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
    // SAFETY: The caller guarantees what `guard` requires.
    unsafe { guard::<P>(plugin, error, entry) };
    state
}

/// Returns the state behind the pointer of the host, or an error when it is null.
///
/// # Safety
/// `state` must be null or come from [`state_new`] for the same `S`, without other users during `'a`.
pub(crate) unsafe fn state_of<'a, S>(state: *mut c_void) -> Result<&'a mut S, Error> {
    // SAFETY: The caller guarantees null or a state of this type without other users.
    Ok(&mut unsafe { given_mut(state.cast::<BoxedState<S>>(), "the state") }?.0)
}

/// Drops the state of a worker; null is allowed.
pub(crate) unsafe extern "C" fn state_free<P: Plugin, S>(plugin: *const abi::Plugin, state: *mut c_void) {
    let entry = |_: &Instance<P>| {
        if !state.is_null() {
            // SAFETY: The contract: `state_new` made the state, and this call is the last one with it.
            drop(unsafe { Box::from_raw(state.cast::<BoxedState<S>>()) });
        }
        Ok(status::OK.into())
    };
    // SAFETY: The host passes a live instance and pointers that are null or valid for the call.
    unsafe { guard::<P>(plugin, std::ptr::null_mut(), entry) };
}
