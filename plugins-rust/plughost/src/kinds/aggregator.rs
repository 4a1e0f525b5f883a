//! An aggregator: its trait, and its functions as C sees them.
use super::row_filter::{describe, Describe};
use crate::abi::{self, status};
use crate::entry::{given, given_mut, guard, state_free, state_new, state_of, Instance};
use crate::views::slice;
use crate::{Cells, Context, Error, Field, Outputs, Plugin, Results, Rows, Sink, Type};
use std::ffi::c_void;
use std::marker::PhantomData;

/// A plugin that folds rows into answers. The host groups the rows, and the SDK keeps a [`Aggregator::Group`] for each group.
///
/// Groups meet only as bytes. Whatever way the rows are split, and in whatever order the parts are merged, the same rows must
/// give the same bytes: fold with operations that do not depend on order.
pub trait Aggregator: Plugin {
    /// What it keeps of one group. A group without rows is the default.
    type Group: Default + Send;

    /// The revision of the bytes of [`Aggregator::save`]. The host merges only bytes of the same one.
    const REVISION: u32 = 0;

    /// Returns the columns that it wants. The host asks for index 0, 1, … until it gets `None`.
    fn column(&self, index: usize) -> Option<Field<'_>> {
        let _ = index;
        None
    }

    /// Returns the columns of its result, at least one. The host asks for index 0, 1, … until it gets `None`.
    fn output(&self, index: usize) -> Option<Field<'_>>;

    /// Adds a row to its group. The columns of `rows` are those that it wants, in that order.
    fn update(&self, group: &mut Self::Group, rows: &Rows, row: usize) -> Result<(), Error>;

    /// Writes a group as bytes.
    fn save(&self, group: &Self::Group, out: &mut Sink) -> Result<(), Error>;

    /// Adds to a group what [`Aggregator::save`] wrote, perhaps on another machine.
    ///
    /// # Errors
    /// `save` cannot have written this: [`Error::of_status`] with `abi::status::INVALID`. The bytes may come from a damaged file.
    fn merge(&self, group: &mut Self::Group, bytes: &[u8]) -> Result<(), Error>;

    /// Sets the results of a group.
    fn finish(&self, group: &Self::Group, results: &mut Outputs) -> Result<(), Error>;

    /// Returns about how many bytes a group takes on the heap.
    fn memory(&self, group: &Self::Group) -> usize {
        let _ = group;
        0
    }
}

/// An aggregator whose groups share the state of a worker: what the host calls. Implement [`Aggregator`] instead, unless a
/// group is nothing by itself, as in a plugin that runs what others wrote.
pub trait Aggregates: Plugin {
    /// The state of one worker with all its groups, which the methods may change. The SDK passes it to one call at a time.
    type State: Send;

    /// Makes the state of one worker, without groups.
    fn state(&self) -> Result<Self::State, Error>;

    /// As [`Aggregator::column`].
    fn column(&self, index: usize) -> Option<Field<'_>>;

    /// As [`Aggregator::output`].
    fn output(&self, index: usize) -> Option<Field<'_>>;

    /// Adds rows. Row i belongs to `group[i]`. A number that the state has not seen is an empty group.
    fn update(&self, state: &mut Self::State, ctx: &Context, rows: &Rows, group: &[u32]) -> Result<(), Error>;

    /// Writes a group as bytes. An empty group may write none.
    fn save(&self, state: &mut Self::State, group: u32, out: &mut Sink) -> Result<(), Error>;

    /// As [`Aggregator::merge`]. A number that the state has not seen is an empty group.
    fn merge(&self, state: &mut Self::State, group: u32, bytes: &[u8]) -> Result<(), Error>;

    /// Sets the results of groups `first`, `first + 1`, … Changes no group.
    fn finish(&self, state: &mut Self::State, ctx: &Context, first: u32, results: &mut Results) -> Result<(), Error>;

    /// Returns the revision of the bytes of [`Aggregates::save`]. The host merges only bytes of the same one.
    fn revision(&self) -> u32;

    /// Returns about how many bytes of memory a state holds.
    fn memory(&self, state: &Self::State) -> u64;
}

/// All groups of one worker.
pub struct Groups<G> {
    groups: Vec<G>,
    /// Bytes on the heap, as far as groups were changed since they were counted.
    heap: u64,
}

impl<G: Default> Groups<G> {
    /// Returns a group. One that was not seen before is empty.
    fn at(&mut self, group: u32) -> &mut G {
        if self.groups.len() <= group as usize {
            self.groups.resize_with(group as usize + 1, G::default);
        }
        &mut self.groups[group as usize]
    }
}

impl<P: Aggregator> Aggregates for P {
    type State = Groups<P::Group>;

    fn state(&self) -> Result<Self::State, Error> {
        Ok(Groups { groups: Vec::new(), heap: 0 })
    }

    fn column(&self, index: usize) -> Option<Field<'_>> {
        Aggregator::column(self, index)
    }

    fn output(&self, index: usize) -> Option<Field<'_>> {
        Aggregator::output(self, index)
    }

    fn update(&self, state: &mut Self::State, _ctx: &Context, rows: &Rows, group: &[u32]) -> Result<(), Error> {
        for (row, &one) in group.iter().enumerate() {
            let group = state.at(one);
            let before = Aggregator::memory(self, group);
            Aggregator::update(self, group, rows, row)?;
            let after = Aggregator::memory(self, group);
            state.heap = state.heap + after as u64 - (before as u64).min(state.heap + after as u64);
        }
        Ok(())
    }

    fn save(&self, state: &mut Self::State, group: u32, out: &mut Sink) -> Result<(), Error> {
        Aggregator::save(self, state.at(group), out)
    }

    fn merge(&self, state: &mut Self::State, group: u32, bytes: &[u8]) -> Result<(), Error> {
        Aggregator::merge(self, state.at(group), bytes)
    }

    fn finish(&self, state: &mut Self::State, ctx: &Context, first: u32, results: &mut Results) -> Result<(), Error> {
        for row in 0..results.len() {
            if row % 1024 == 0 && ctx.cancelled() {
                return Err(Error::cancelled());
            }
            Aggregator::finish(self, state.at(first + row as u32), &mut results.of(row))?;
        }
        Ok(())
    }

    fn revision(&self) -> u32 {
        P::REVISION
    }

    fn memory(&self, state: &Self::State) -> u64 {
        state.heap + (state.groups.capacity() * size_of::<P::Group>()) as u64
    }
}

/// `plug_aggregator` of the C contract.
#[repr(C)]
pub struct Calls {
    pub size: u32,
    pub flags: u32,
    pub state_new: Option<abi::StateNew>,
    pub state_free: Option<abi::StateFree>,
    pub column: Option<Describe>,
    pub output: Option<Describe>,
    #[allow(clippy::type_complexity)]
    pub update: Option<
        unsafe extern "C" fn(
            *const abi::Plugin,
            *mut c_void,
            *const abi::Ctx,
            *const abi::Rows,
            *const u32,
            u32,
            *mut abi::Error,
        ) -> i32,
    >,
    pub serialize:
        Option<unsafe extern "C" fn(*const abi::Plugin, *mut c_void, u32, *mut abi::Sink, *mut abi::Error) -> i32>,
    pub merge: Option<unsafe extern "C" fn(*const abi::Plugin, *mut c_void, u32, abi::Bytes, *mut abi::Error) -> i32>,
    #[allow(clippy::type_complexity)]
    pub finish: Option<
        unsafe extern "C" fn(
            *const abi::Plugin,
            *mut c_void,
            *const abi::Ctx,
            u32,
            u32,
            *const abi::Column,
            *mut abi::Sink,
            *mut abi::Error,
        ) -> i32,
    >,
    pub revision: Option<unsafe extern "C" fn(*const abi::Plugin) -> u32>,
    pub memory: Option<unsafe extern "C" fn(*const abi::Plugin, *const c_void) -> u64>,
}

/// The C functions of a plugin `P`.
pub struct Entries<P>(PhantomData<P>);

// "The contract" in the SAFETY comments below is what `entry.rs` says: the host passes an instance of this plugin that it
// has not destroyed, and pointers that are null or valid for the call.
impl<P: Aggregates> Entries<P> {
    const CALLS: Calls = Calls {
        size: size_of::<Calls>() as u32,
        flags: 0,
        state_new: Some(Self::state_new),
        state_free: Some(state_free::<P, P::State>),
        column: Some(Self::column),
        output: Some(Self::output),
        update: Some(Self::update),
        serialize: Some(Self::serialize),
        merge: Some(Self::merge),
        finish: Some(Self::finish),
        revision: Some(Self::revision),
        memory: Some(Self::memory),
    };

    /// Returns the struct, which is the same for all instances.
    pub fn calls(_: Option<&P>) -> &'static Calls {
        &Self::CALLS
    }

    unsafe extern "C" fn state_new(plugin: *const abi::Plugin, error: *mut abi::Error) -> *mut c_void {
        // SAFETY: The host passes a live instance and pointers that are null or valid for the call.
        unsafe { state_new(plugin, error, |plugin: &P| plugin.state()) }
    }

    unsafe extern "C" fn column(plugin: *const abi::Plugin, index: u32, field: *mut abi::Field) -> i32 {
        // SAFETY: The host passes a live instance and pointers that are null or valid for the call.
        unsafe { describe::<P>(plugin, index, field, |plugin, index| plugin.column(index)) }
    }

    unsafe extern "C" fn output(plugin: *const abi::Plugin, index: u32, field: *mut abi::Field) -> i32 {
        // SAFETY: The host passes a live instance and pointers that are null or valid for the call.
        unsafe { describe::<P>(plugin, index, field, |plugin, index| plugin.output(index)) }
    }

    unsafe extern "C" fn update(
        plugin: *const abi::Plugin,
        state: *mut c_void,
        ctx: *const abi::Ctx,
        rows: *const abi::Rows,
        group: *const u32,
        groups: u32,
        error: *mut abi::Error,
    ) -> i32 {
        let entry = |instance: &Instance<P>| {
            // SAFETY: The host passes a live instance and pointers that are null or valid for the call.
            let (ctx, rows, state) =
                unsafe { (given(ctx, "ctx")?, given(rows, "rows")?, state_of::<P::State>(state)?) };
            // SAFETY: The contract: there is a group for each row.
            let group: &[u32] = unsafe { slice(group, rows.count as usize) };
            if group.iter().any(|&one| one >= groups) {
                return Err(Error::invalid("a row belongs to no group"));
            }
            instance.plugin()?.update(state, &Context(ctx), &Rows(rows), group)?;
            Ok(status::OK.into())
        };
        // SAFETY: The host passes a live instance and pointers that are null or valid for the call.
        unsafe { guard::<P>(plugin, error, entry) as i32 }
    }

    unsafe extern "C" fn serialize(
        plugin: *const abi::Plugin,
        state: *mut c_void,
        group: u32,
        out: *mut abi::Sink,
        error: *mut abi::Error,
    ) -> i32 {
        let entry = |instance: &Instance<P>| {
            // SAFETY: The host passes a live instance and pointers that are null or valid for the call.
            let (state, out) = unsafe { (state_of::<P::State>(state)?, given_mut(out, "the sink")?) };
            instance.plugin()?.save(state, group, &mut Sink::to_host(out))?;
            Ok(status::OK.into())
        };
        // SAFETY: The host passes a live instance and pointers that are null or valid for the call.
        unsafe { guard::<P>(plugin, error, entry) as i32 }
    }

    unsafe extern "C" fn merge(
        plugin: *const abi::Plugin,
        state: *mut c_void,
        group: u32,
        bytes: abi::Bytes,
        error: *mut abi::Error,
    ) -> i32 {
        let entry = |instance: &Instance<P>| {
            // SAFETY: The host passes a live instance and pointers that are null or valid for the call.
            let (state, bytes) = unsafe { (state_of::<P::State>(state)?, slice(bytes.data, bytes.len as usize)) };
            instance.plugin()?.merge(state, group, bytes)?;
            Ok(status::OK.into())
        };
        // SAFETY: The host passes a live instance and pointers that are null or valid for the call.
        unsafe { guard::<P>(plugin, error, entry) as i32 }
    }

    #[allow(clippy::too_many_arguments)]
    unsafe extern "C" fn finish(
        plugin: *const abi::Plugin,
        state: *mut c_void,
        ctx: *const abi::Ctx,
        first: u32,
        count: u32,
        outputs: *const abi::Column,
        made: *mut abi::Sink,
        error: *mut abi::Error,
    ) -> i32 {
        let entry = |instance: &Instance<P>| {
            // SAFETY: The host passes a live instance and pointers that are null or valid for the call.
            let (ctx, state, made) =
                unsafe { (given(ctx, "ctx")?, state_of::<P::State>(state)?, given_mut(made, "the sink")?) };
            let plugin = instance.plugin()?;
            let kinds: Vec<Type> = (0..).map_while(|index| plugin.output(index)).map(|output| output.kind).collect();
            // SAFETY: The contract: there are as many columns as it has outputs.
            let columns = unsafe { slice(outputs, kinds.len()) };
            let cells = Cells { columns, kinds: &kinds, rows: count as usize, block: 0, made, written: 0 };
            plugin.finish(state, &Context(ctx), first, &mut Results { cells })?;
            Ok(status::OK.into())
        };
        // SAFETY: The host passes a live instance and pointers that are null or valid for the call.
        unsafe { guard::<P>(plugin, error, entry) as i32 }
    }

    unsafe extern "C" fn revision(plugin: *const abi::Plugin) -> u32 {
        let entry = |instance: &Instance<P>| Ok(instance.plugin()?.revision().into());
        // SAFETY: The host passes a live instance and pointers that are null or valid for the call.
        unsafe { guard::<P>(plugin, std::ptr::null_mut(), entry) as u32 }
    }

    unsafe extern "C" fn memory(plugin: *const abi::Plugin, state: *const c_void) -> u64 {
        let entry = |instance: &Instance<P>| {
            // SAFETY: The contract: a state of this plugin that no other call is using.
            let state = unsafe { state_of::<P::State>(state.cast_mut()) }?;
            Ok(instance.plugin()?.memory(state) as i64)
        };
        // SAFETY: The host passes a live instance and pointers that are null or valid for the call.
        unsafe { guard::<P>(plugin, std::ptr::null_mut(), entry) }.max(0) as u64
    }
}
