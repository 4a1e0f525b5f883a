//! A parser: its trait, and its functions as C sees them.
use super::row_filter::{describe, Describe};
use crate::abi::{self, status};
use crate::entry::{given, given_array, given_mut, guard, line_flags, state_free, state_new, state_of, Instance};
use crate::rows::fields_of;
use crate::views::slice;
use crate::{Cells, Context, Error, Field, Fits, Lines, Plugin, Type};
use std::ffi::c_void;
use std::marker::PhantomData;

/// A plugin that turns lines into rows.
pub trait Parser: Plugin {
    /// The state of one worker, which the methods may change. The SDK passes it to one call at a time.
    type State: Send;

    /// Whether the row of a line depends on that line alone. The host may then pass lines in any order.
    const LINEWISE: bool = true;
    /// Whether one worker must see all lines in input order. The host ignores `LINEWISE` then.
    const ORDERED: bool = false;
    /// Whether it has columns of any name, beside those of [`Parser::field`].
    const OPEN: bool = false;

    /// Returns the columns that it always has. The host asks for index 0, 1, … until it gets `None`.
    fn field(&self, index: usize) -> Option<Field<'_>> {
        let _ = index;
        None
    }

    /// Makes the state of one worker, which gives the wanted columns, in this order and these types. Readers ask for any type.
    ///
    /// # Errors
    /// It cannot give one of them: [`Error::config`]. The host then asks again for the columns of [`Parser::field`] by their own
    /// types, and converts texts, integers, reals and booleans itself.
    fn state(&self, wanted: &[Field]) -> Result<Self::State, Error>;

    /// Fills the wanted columns of `cells` for each line, and marks in `fits` the lines that are rows and those that are
    /// skipped. Decide that by the line alone, and not by what is wanted.
    fn parse(
        &self,
        state: &mut Self::State,
        ctx: &Context,
        lines: &Lines,
        cells: &mut Cells,
        fits: &mut Fits,
    ) -> Result<(), Error>;
}

/// `plug_parser` of the C contract.
#[repr(C)]
pub struct Calls {
    pub size: u32,
    pub flags: u32,
    pub state_new: Option<abi::StateNew>,
    pub state_free: Option<abi::StateFree>,
    pub want: Option<unsafe extern "C" fn(*const abi::Plugin, *mut c_void, *const abi::Schema, *mut abi::Error) -> i32>,
    #[allow(clippy::type_complexity)]
    pub parse: Option<
        unsafe extern "C" fn(
            *const abi::Plugin,
            *mut c_void,
            *const abi::Ctx,
            *const abi::Lines,
            *const abi::Column,
            *mut u64,
            *mut u64,
            *mut abi::Sink,
            *mut abi::Error,
        ) -> i32,
    >,
    pub field: Option<Describe>,
}

/// The C functions of a plugin `P`.
pub struct Entries<P>(PhantomData<P>);

/// The state of a worker. The plugin's own is made when the host has said which columns it wants.
struct Planned<S> {
    state: Option<S>,
    kinds: Vec<Type>,
}

// "The contract" in the SAFETY comments below is what `entry.rs` says: the host passes an instance of this plugin that it
// has not destroyed, and pointers that are null or valid for the call.
impl<P: Parser> Entries<P> {
    const CALLS: Calls = Calls {
        size: size_of::<Calls>() as u32,
        flags: line_flags((P::ORDERED, super::PARSER_ORDERED), (P::LINEWISE, super::PARSER_LINEWISE))
            | (if P::OPEN { super::PARSER_OPEN } else { 0 }),
        state_new: Some(Self::state_new),
        state_free: Some(state_free::<P, Planned<P::State>>),
        want: Some(Self::want),
        parse: Some(Self::parse),
        field: Some(Self::field),
    };

    /// Returns the struct, which is the same for all instances.
    pub fn calls(_: Option<&P>) -> &'static Calls {
        &Self::CALLS
    }

    unsafe extern "C" fn state_new(plugin: *const abi::Plugin, error: *mut abi::Error) -> *mut c_void {
        let make = |_: &P| Ok(Planned::<P::State> { state: None, kinds: Vec::new() });
        // SAFETY: The host passes a live instance and pointers that are null or valid for the call.
        unsafe { state_new(plugin, error, make) }
    }

    unsafe extern "C" fn want(
        plugin: *const abi::Plugin,
        state: *mut c_void,
        wanted: *const abi::Schema,
        error: *mut abi::Error,
    ) -> i32 {
        let entry = |instance: &Instance<P>| {
            // SAFETY: The host passes a live instance and pointers that are null or valid for the call.
            let (planned, fields) = unsafe { (state_of::<Planned<P::State>>(state)?, fields_of(wanted)?) };
            planned.kinds = fields.iter().map(|field| field.kind).collect();
            planned.state = Some(instance.plugin()?.state(&fields)?);
            Ok(status::OK.into())
        };
        // SAFETY: The host passes a live instance and pointers that are null or valid for the call.
        unsafe { guard::<P>(plugin, error, entry) as i32 }
    }

    #[allow(clippy::too_many_arguments)]
    unsafe extern "C" fn parse(
        plugin: *const abi::Plugin,
        state: *mut c_void,
        ctx: *const abi::Ctx,
        lines: *const abi::Lines,
        columns: *const abi::Column,
        fits: *mut u64,
        skipped: *mut u64,
        made: *mut abi::Sink,
        error: *mut abi::Error,
    ) -> i32 {
        let entry = |instance: &Instance<P>| {
            // SAFETY: The host passes a live instance and pointers that are null or valid for the call.
            let (ctx, lines, planned) =
                unsafe { (given(ctx, "ctx")?, given(lines, "lines")?, state_of::<Planned<P::State>>(state)?) };
            let rows = lines.count as usize;
            let words = rows.div_ceil(64);
            // SAFETY: The contract: `fits` and `skipped` have a bit for each line in whole words, and do not overlap.
            let mut fits = unsafe {
                Fits { fits: given_array(fits, words, "fits")?, skipped: given_array(skipped, words, "skipped")? }
            };
            // SAFETY: The contract: there are as many columns as wanted.
            let columns = unsafe { slice(columns, planned.kinds.len()) };
            // SAFETY: The host passes a sink that is null or valid for the call.
            let made = unsafe { given_mut(made, "the sink")? };
            let state = planned.state.as_mut().ok_or_else(|| Error::invalid("parse was called before want"))?;
            let kinds = &planned.kinds;
            let mut cells = Cells { columns, kinds, rows, block: lines.block.len as usize, made, written: 0 };
            instance.plugin()?.parse(state, &Context(ctx), &Lines(lines), &mut cells, &mut fits)?;
            Ok(status::OK.into())
        };
        // SAFETY: The host passes a live instance and pointers that are null or valid for the call.
        unsafe { guard::<P>(plugin, error, entry) as i32 }
    }

    unsafe extern "C" fn field(plugin: *const abi::Plugin, index: u32, field: *mut abi::Field) -> i32 {
        // SAFETY: The host passes a live instance and pointers that are null or valid for the call.
        unsafe { describe::<P>(plugin, index, field, |plugin, index| plugin.field(index)) }
    }
}
