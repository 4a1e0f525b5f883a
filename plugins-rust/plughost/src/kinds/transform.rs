//! A transform: its trait, and its functions as C sees them.
use crate::abi::{self, status};
use crate::entry::{given, given_array, given_mut, guard, line_flags, state_free, state_new, state_of, Instance};
use crate::views::slice;
use crate::{Changes, Context, Error, Lines, Output, Plugin};
use std::ffi::c_void;
use std::marker::PhantomData;

/// A plugin that replaces each line by one, several or no lines. [`Transform::transform`] and
/// [`Transform::transform_batch`] must make the same lines.
pub trait Transform: Plugin {
    /// The state of one worker, which the methods may change. The SDK passes it to one call at a time.
    type State: Send;

    /// Whether the output for a line depends on that line alone. The host may then pass lines in any order.
    const LINEWISE: bool = true;
    /// Whether one worker must see all lines in input order. The host ignores `LINEWISE` then.
    const ORDERED: bool = false;
    /// Whether the host may call [`Transform::transform_batch`].
    const BATCH: bool = true;

    /// Returns whether one worker must see all lines in input order, as `ORDERED` says for all instances. The host asks after
    /// [`Plugin::new`]. A plugin that runs what others wrote may only know it then.
    fn ordered(&self) -> bool {
        Self::ORDERED
    }

    /// Makes the state of one worker.
    fn state(&self) -> Result<Self::State, Error>;

    /// Changes a line, which comes without its newline, through `out`. A line for which it calls nothing stays unchanged,
    /// at no cost.
    fn transform(&self, state: &mut Self::State, line: &[u8], out: &mut Output) -> Result<(), Error>;

    /// Does the same for a batch of lines in one call, which is faster. The default calls the method for one line.
    fn transform_batch(
        &self,
        state: &mut Self::State,
        ctx: &Context,
        lines: &Lines,
        changes: &mut Changes,
    ) -> Result<(), Error> {
        if ctx.cancelled() {
            return Err(Error::cancelled());
        }
        for (i, line) in lines.iter().enumerate() {
            self.transform(state, line, &mut changes.of(i))?;
        }
        Ok(())
    }
}

/// `plug_transform` of the C contract.
#[repr(C)]
pub struct Calls {
    pub size: u32,
    pub flags: u32,
    pub state_new: Option<abi::StateNew>,
    pub state_free: Option<abi::StateFree>,
    pub transform: Option<
        unsafe extern "C" fn(*const abi::Plugin, *mut c_void, *const u8, u64, *mut abi::Sink, *mut abi::Error) -> i32,
    >,
    #[allow(clippy::type_complexity)]
    pub transform_batch: Option<
        unsafe extern "C" fn(
            *const abi::Plugin,
            *mut c_void,
            *const abi::Ctx,
            *const abi::Lines,
            *mut u32,
            *mut abi::Sink,
            *mut abi::Error,
        ) -> i32,
    >,
}

/// The C functions of a plugin `P`.
pub struct Entries<P>(PhantomData<P>);

// "The contract" in the SAFETY comments below is what `entry.rs` says: the host passes an instance of this plugin that it
// has not destroyed, and pointers that are null or valid for the call.
impl<P: Transform> Entries<P> {
    const CALLS: Calls = Calls {
        size: size_of::<Calls>() as u32,
        flags: line_flags((P::ORDERED, super::TRANSFORM_ORDERED), (P::LINEWISE, super::TRANSFORM_LINEWISE)),
        state_new: Some(Self::state_new),
        state_free: Some(state_free::<P, P::State>),
        transform: Some(Self::transform),
        transform_batch: if P::BATCH { Some(Self::transform_batch) } else { None },
    };
    const IN_ORDER: Calls = Calls { flags: super::TRANSFORM_ORDERED, ..Self::CALLS };

    /// Returns the struct of an instance.
    pub fn calls(plugin: Option<&P>) -> &'static Calls {
        if plugin.is_some_and(P::ordered) {
            &Self::IN_ORDER
        } else {
            &Self::CALLS
        }
    }

    unsafe extern "C" fn state_new(plugin: *const abi::Plugin, error: *mut abi::Error) -> *mut c_void {
        // SAFETY: The host passes a live instance and pointers that are null or valid for the call.
        unsafe { state_new(plugin, error, |plugin: &P| plugin.state()) }
    }

    unsafe extern "C" fn transform(
        plugin: *const abi::Plugin,
        state: *mut c_void,
        data: *const u8,
        len: u64,
        out: *mut abi::Sink,
        error: *mut abi::Error,
    ) -> i32 {
        let entry = |instance: &Instance<P>| {
            // SAFETY: The host passes a live instance and pointers that are null or valid for the call.
            let (out, state, line) =
                unsafe { (given_mut(out, "the sink")?, state_of(state)?, slice(data, len as usize)) };
            let mut length = abi::TRANSFORM_SAME;
            instance.plugin()?.transform(state, line, &mut Output::new(out, &mut length))?;
            Ok(if length == abi::TRANSFORM_SAME { status::UNCHANGED } else { status::OK }.into())
        };
        // SAFETY: The host passes a live instance and pointers that are null or valid for the call.
        unsafe { guard::<P>(plugin, error, entry) as i32 }
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
        let entry = |instance: &Instance<P>| {
            // SAFETY: The host passes a live instance and pointers that are null or valid for the call.
            let (ctx, lines, state) = unsafe { (given(ctx, "ctx")?, given(lines, "lines")?, state_of(state)?) };
            // SAFETY: The contract: a length for each line.
            let (sink, lengths) =
                unsafe { (given_mut(out, "the sink")?, given_array(lengths, lines.count as usize, "lengths")?) };
            let mut changes = Changes { sink, lengths, next: 0 };
            instance.plugin()?.transform_batch(state, &Context(ctx), &Lines(lines), &mut changes)?;
            Ok(status::OK.into())
        };
        // SAFETY: The host passes a live instance and pointers that are null or valid for the call.
        unsafe { guard::<P>(plugin, error, entry) as i32 }
    }
}
