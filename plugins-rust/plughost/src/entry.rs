//! The C entries of a plugin. All of them pass through [`guard`].
use crate::abi::{self, status};
use crate::views::slice;
use crate::{Changes, Context, Error, Exporter, Filter, Found, Host, Keep, Lines, Output, Plugin, Sink, Transform};
use std::any::Any;
use std::ffi::{c_char, c_void, CStr};
use std::marker::PhantomData;
use std::mem::forget;
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::OnceLock;

/// Which extensions a plugin offers; `export!` implements it.
pub trait Offers: Plugin {
    /// The struct behind an extension's id, or null.
    fn extension(id: &CStr) -> *const c_void;
}

/// An instance as the host sees it: a `plug_plugin` first, what is ours behind it.
#[repr(C)]
struct Instance<P> {
    head: abi::Plugin,
    plugin: OnceLock<P>,
    poisoned: AtomicBool,
}

impl<P> Instance<P> {
    fn plugin(&self) -> Result<&P, Error> {
        self.plugin.get().ok_or_else(|| Error::invalid("the plugin was called before init, or although init failed"))
    }
}

/// What every entry passes through: null check, poison check, `catch_unwind`, and the error to where the host wants it.
///
/// # Safety
/// `plugin` is null or what [`new_plugin`] gave for the same `P`; `error` is null or may be written.
unsafe fn guard<P: Plugin>(
    plugin: *const abi::Plugin,
    error: *mut abi::Error,
    entry: impl FnOnce(&Instance<P>) -> Result<i64, Error>,
) -> i64 {
    let Some(instance) = plugin.cast::<Instance<P>>().as_ref() else {
        return Error::invalid("the plugin is null").fill(error).into();
    };
    if instance.poisoned.load(Ordering::Relaxed) {
        return Error::panic("the plugin panicked in an earlier call").fill(error).into();
    }
    match catch_unwind(AssertUnwindSafe(|| entry(instance))) {
        Ok(Ok(result)) => result,
        Ok(Err(failure)) => failure.fill(error).into(),
        Err(payload) => {
            instance.poisoned.store(true, Ordering::Relaxed);
            let status = Error::panic(format!("the plugin panicked: {}", text_of(&*payload))).fill(error).into();
            drop_guarded(payload);
            status
        }
    }
}

/// Drops what belongs to the plugin, whose `drop` may panic, and so may that of what it panics with: this one is leaked.
fn drop_guarded<T>(value: T) {
    if let Err(payload) = catch_unwind(AssertUnwindSafe(|| drop(value))) {
        forget(payload);
    }
}

fn text_of(payload: &(dyn Any + Send)) -> &str {
    let text = payload.downcast_ref::<&str>().copied();
    text.or_else(|| payload.downcast_ref::<String>().map(String::as_str)).unwrap_or("no message")
}

/// A pointer that the host owes.
unsafe fn given<'a, T>(pointer: *const T, what: &str) -> Result<&'a T, Error> {
    pointer.as_ref().ok_or_else(|| Error::invalid(format!("{what} is null")))
}

unsafe fn given_mut<'a, T>(pointer: *mut T, what: &str) -> Result<&'a mut T, Error> {
    pointer.as_mut().ok_or_else(|| Error::invalid(format!("{what} is null")))
}

/// A fresh instance, for `NewPlugin`.
pub fn new_plugin<P: Offers>() -> *mut abi::Plugin {
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
    let instance = Instance::<P> { head, plugin: OnceLock::new(), poisoned: AtomicBool::new(false) };
    Box::into_raw(Box::new(instance)).cast()
}

unsafe extern "C" fn name<P: Plugin>(_: *const abi::Plugin) -> *const c_char {
    P::NAME.as_ptr()
}

unsafe extern "C" fn init<P: Plugin>(
    plugin: *mut abi::Plugin,
    host: *const abi::Host,
    config: abi::Bytes,
    error: *mut abi::Error,
) -> i32 {
    guard::<P>(plugin, error, |instance| {
        given(host, "the host")?;
        let made = P::new(slice(config.data, config.len as usize), Host(host))?;
        instance.plugin.set(made).map_err(|_| Error::invalid("init was called twice"))?;
        Ok(status::OK.into())
    }) as i32
}

unsafe extern "C" fn run<P: Plugin>(
    plugin: *mut abi::Plugin,
    ctx: *const abi::Ctx,
    out: *mut abi::Sink,
    error: *mut abi::Error,
) -> i32 {
    guard::<P>(plugin, error, |instance| {
        instance.plugin()?.run(&Context(given(ctx, "ctx")?), &mut Sink(given_mut(out, "the sink")?))?;
        Ok(status::OK.into())
    }) as i32
}

unsafe extern "C" fn destroy<P: Plugin>(plugin: *mut abi::Plugin) {
    if plugin.is_null() {
        return;
    }
    // The one entry that a poisoned instance still takes: what cannot be dropped is leaked.
    drop_guarded(Box::from_raw(plugin.cast::<Instance<P>>()));
}

unsafe extern "C" fn extension<P: Offers>(_: *const abi::Plugin, id: *const c_char) -> *const c_void {
    if id.is_null() {
        return std::ptr::null();
    }
    P::extension(CStr::from_ptr(id))
}

/// A state for one worker, boxed for the host.
unsafe fn state_new<P: Plugin, S>(
    plugin: *const abi::Plugin,
    error: *mut abi::Error,
    make: impl FnOnce(&P) -> Result<S, Error>,
) -> *mut c_void {
    let mut state = std::ptr::null_mut();
    guard::<P>(plugin, error, |instance| {
        // Never of size zero, so that the pointer is never one that `Box` did not allocate.
        state = Box::into_raw(Box::new((make(instance.plugin()?)?, 0u8))).cast();
        Ok(status::OK.into())
    });
    state
}

unsafe fn state_of<'a, S>(state: *mut c_void) -> Result<&'a mut S, Error> {
    Ok(&mut given_mut(state.cast::<(S, u8)>(), "the state")?.0)
}

unsafe extern "C" fn state_free<P: Plugin, S>(plugin: *const abi::Plugin, state: *mut c_void) {
    guard::<P>(plugin, std::ptr::null_mut(), |_| {
        if !state.is_null() {
            drop(Box::from_raw(state.cast::<(S, u8)>()));
        }
        Ok(status::OK.into())
    });
}

struct FilterTable<P>(PhantomData<P>);

impl<P: Filter> FilterTable<P> {
    const TABLE: abi::Filter = abi::Filter {
        size: size_of::<abi::Filter>() as u32,
        flags: if P::LINEWISE { abi::FILTER_LINEWISE } else { 0 } | if P::ORDERED { abi::FILTER_ORDERED } else { 0 },
        state_new: Some(Self::state_new),
        state_free: Some(state_free::<P, P::State>),
        match_: Some(Self::matches),
        match_batch: if P::BATCH { Some(Self::match_batch) } else { None },
        scan: if P::SCAN { Some(Self::scan) } else { None },
        literal: Some(Self::literal),
    };

    unsafe extern "C" fn state_new(plugin: *const abi::Plugin, error: *mut abi::Error) -> *mut c_void {
        state_new(plugin, error, |plugin: &P| plugin.state())
    }

    unsafe extern "C" fn matches(plugin: *const abi::Plugin, state: *mut c_void, data: *const u8, len: u64) -> i32 {
        guard::<P>(plugin, std::ptr::null_mut(), |instance| {
            let line = slice(data, len as usize);
            Ok(instance.plugin()?.matches(state_of(state)?, line)?.into())
        }) as i32
    }

    unsafe extern "C" fn match_batch(
        plugin: *const abi::Plugin,
        state: *mut c_void,
        ctx: *const abi::Ctx,
        lines: *const abi::Lines,
        keep: *mut u64,
        error: *mut abi::Error,
    ) -> i32 {
        guard::<P>(plugin, error, |instance| {
            let lines = Lines(given(lines, "lines")?);
            given_mut(keep, "keep")?;
            let keep = std::slice::from_raw_parts_mut(keep, lines.spans().len().div_ceil(64));
            let ctx = Context(given(ctx, "ctx")?);
            instance.plugin()?.match_batch(state_of(state)?, &ctx, &lines, &mut Keep(keep))?;
            Ok(status::OK.into())
        }) as i32
    }

    #[allow(clippy::too_many_arguments)]
    unsafe extern "C" fn scan(
        plugin: *const abi::Plugin,
        state: *mut c_void,
        ctx: *const abi::Ctx,
        block: abi::Bytes,
        cursor: *mut u64,
        spans: *mut abi::Span,
        cap: u32,
        error: *mut abi::Error,
    ) -> i64 {
        guard::<P>(plugin, error, |instance| {
            let cursor = given_mut(cursor, "the cursor")?;
            given_mut(spans, "spans")?;
            let spans = std::slice::from_raw_parts_mut(spans, cap as usize);
            let ctx = Context(given(ctx, "ctx")?);
            let mut found = Found { cursor: *cursor as usize, spans, count: 0 };
            let block = slice(block.data, block.len as usize);
            instance.plugin()?.scan(state_of(state)?, &ctx, block, &mut found)?;
            *cursor = found.cursor as u64;
            Ok(found.count as i64)
        })
    }

    unsafe extern "C" fn literal(plugin: *const abi::Plugin, index: u32, text: *mut abi::Bytes) -> i32 {
        guard::<P>(plugin, std::ptr::null_mut(), |instance| {
            let text = given_mut(text, "the text")?;
            let Some(literal) = instance.plugin()?.literal(index as usize) else { return Ok(0) };
            *text = abi::Bytes { data: literal.as_ptr(), len: literal.len() as u64 };
            Ok(1)
        }) as i32
    }
}

struct ExporterTable<P>(PhantomData<P>);

impl<P: Exporter> ExporterTable<P> {
    const TABLE: abi::Exporter = abi::Exporter {
        size: size_of::<abi::Exporter>() as u32,
        flags: if P::ROWWISE { abi::EXPORTER_ROWWISE } else { 0 },
        state_new: Some(Self::state_new),
        state_free: Some(state_free::<P, P::State>),
        begin: Some(Self::begin),
        write: Some(Self::write),
        end: Some(Self::end),
    };

    unsafe extern "C" fn state_new(plugin: *const abi::Plugin, error: *mut abi::Error) -> *mut c_void {
        state_new(plugin, error, |plugin: &P| plugin.state())
    }

    unsafe extern "C" fn begin(
        plugin: *const abi::Plugin,
        state: *mut c_void,
        ctx: *const abi::Ctx,
        out: *mut abi::Sink,
        error: *mut abi::Error,
    ) -> i32 {
        guard::<P>(plugin, error, |instance| {
            let ctx = Context(given(ctx, "ctx")?);
            instance.plugin()?.begin(state_of(state)?, &ctx, &mut Sink(given_mut(out, "the sink")?))?;
            Ok(status::OK.into())
        }) as i32
    }

    unsafe extern "C" fn write(
        plugin: *const abi::Plugin,
        state: *mut c_void,
        ctx: *const abi::Ctx,
        lines: *const abi::Lines,
        _taken: *mut u32,
        out: *mut abi::Sink,
        error: *mut abi::Error,
    ) -> i32 {
        guard::<P>(plugin, error, |instance| {
            let ctx = Context(given(ctx, "ctx")?);
            let lines = Lines(given(lines, "lines")?);
            instance.plugin()?.write(state_of(state)?, &ctx, &lines, &mut Sink(given_mut(out, "the sink")?))?;
            Ok(status::OK.into())
        }) as i32
    }

    unsafe extern "C" fn end(
        plugin: *const abi::Plugin,
        state: *mut c_void,
        ctx: *const abi::Ctx,
        out: *mut abi::Sink,
        error: *mut abi::Error,
    ) -> i32 {
        guard::<P>(plugin, error, |instance| {
            let ctx = Context(given(ctx, "ctx")?);
            instance.plugin()?.end(state_of(state)?, &ctx, &mut Sink(given_mut(out, "the sink")?))?;
            Ok(status::OK.into())
        }) as i32
    }
}

struct TransformTable<P>(PhantomData<P>);

impl<P: Transform> TransformTable<P> {
    const TABLE: abi::Transform = abi::Transform {
        size: size_of::<abi::Transform>() as u32,
        flags: if P::LINEWISE { abi::TRANSFORM_LINEWISE } else { 0 }
            | if P::ORDERED { abi::TRANSFORM_ORDERED } else { 0 },
        state_new: Some(Self::state_new),
        state_free: Some(state_free::<P, P::State>),
        transform: Some(Self::transform),
        transform_batch: if P::BATCH { Some(Self::transform_batch) } else { None },
    };

    unsafe extern "C" fn state_new(plugin: *const abi::Plugin, error: *mut abi::Error) -> *mut c_void {
        state_new(plugin, error, |plugin: &P| plugin.state())
    }

    unsafe extern "C" fn transform(
        plugin: *const abi::Plugin,
        state: *mut c_void,
        data: *const u8,
        len: u64,
        out: *mut abi::Sink,
        error: *mut abi::Error,
    ) -> i32 {
        guard::<P>(plugin, error, |instance| {
            let mut length = abi::TRANSFORM_SAME;
            let mut out = Output::new(given_mut(out, "the sink")?, &mut length);
            instance.plugin()?.transform(state_of(state)?, slice(data, len as usize), &mut out)?;
            Ok(if length == abi::TRANSFORM_SAME { status::UNCHANGED } else { status::OK }.into())
        }) as i32
    }

    unsafe extern "C" fn transform_batch(
        plugin: *const abi::Plugin,
        state: *mut c_void,
        ctx: *const abi::Ctx,
        lines: *const abi::Lines,
        lengths: *mut u32,
        out: *mut abi::Sink,
        error: *mut abi::Error,
    ) -> i32 {
        guard::<P>(plugin, error, |instance| {
            let lines = Lines(given(lines, "lines")?);
            given_mut(lengths, "lengths")?;
            let lengths = std::slice::from_raw_parts_mut(lengths, lines.spans().len());
            let ctx = Context(given(ctx, "ctx")?);
            let mut changes = Changes { sink: given_mut(out, "the sink")?, lengths, next: 0 };
            instance.plugin()?.transform_batch(state_of(state)?, &ctx, &lines, &mut changes)?;
            Ok(status::OK.into())
        }) as i32
    }
}

/// The structs behind the ids, by the name of their trait, as `export!` spells it.
#[allow(non_snake_case)]
pub mod offer {
    use super::*;

    /// `plug.filter/1`
    pub fn Filter<P: crate::Filter>(id: &CStr) -> Option<*const c_void> {
        (id == abi::FILTER_ID).then_some((&FilterTable::<P>::TABLE as *const abi::Filter).cast())
    }

    /// `plug.transform/1`
    pub fn Transform<P: crate::Transform>(id: &CStr) -> Option<*const c_void> {
        (id == abi::TRANSFORM_ID).then_some((&TransformTable::<P>::TABLE as *const abi::Transform).cast())
    }

    /// `plug.exporter/1`
    pub fn Exporter<P: crate::Exporter>(id: &CStr) -> Option<*const c_void> {
        (id == abi::EXPORTER_ID).then_some((&ExporterTable::<P>::TABLE as *const abi::Exporter).cast())
    }
}
