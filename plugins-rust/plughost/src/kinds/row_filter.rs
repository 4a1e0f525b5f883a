//! A row filter: its trait, and its functions as C sees them.
use crate::abi::{self, status};
use crate::entry::{given, given_array, given_mut, guard, line_flags, state_free, state_new, state_of, Instance};
use crate::{Context, Error, Field, Keep, Plugin, Rows};
use std::ffi::c_void;
use std::marker::PhantomData;

/// A plugin that keeps some rows and drops the others.
pub trait RowFilter: Plugin {
    /// The state of one worker, which the methods may change. The SDK passes it to one call at a time.
    type State: Send;

    /// Whether the answer for a row depends on that row alone. The host may then ask for rows in any order.
    const LINEWISE: bool = true;
    /// Whether one worker must see all rows in input order. The host ignores `LINEWISE` then.
    const ORDERED: bool = false;

    /// Returns whether one worker must see all rows in input order, as `ORDERED` says for all instances. The host asks after
    /// [`Plugin::new`].
    fn ordered(&self) -> bool {
        Self::ORDERED
    }

    /// Returns the columns that it wants. The host asks for index 0, 1, … until it gets `None`.
    fn column(&self, index: usize) -> Option<Field<'_>>;

    /// Makes the state of one worker.
    fn state(&self) -> Result<Self::State, Error>;

    /// Keeps rows. The columns of `rows` are those that it wants, in that order.
    fn keep(&self, state: &mut Self::State, ctx: &Context, rows: &Rows, keep: &mut Keep) -> Result<(), Error>;
}

/// A function that describes a column by its index.
pub type Describe = unsafe extern "C" fn(*const abi::Plugin, u32, *mut abi::Field) -> i32;

/// `plug_row_filter` of the C contract.
#[repr(C)]
pub struct Calls {
    pub size: u32,
    pub flags: u32,
    pub state_new: Option<abi::StateNew>,
    pub state_free: Option<abi::StateFree>,
    pub column: Option<Describe>,
    pub keep: Option<
        unsafe extern "C" fn(
            *const abi::Plugin,
            *mut c_void,
            *const abi::Ctx,
            *const abi::Rows,
            *mut u64,
            *mut abi::Error,
        ) -> i32,
    >,
}

/// Answers a call that describes a column.
///
/// # Safety
/// As for [`guard`]; `field` must be null or valid for writes.
pub(crate) unsafe fn describe<P: Plugin>(
    plugin: *const abi::Plugin,
    index: u32,
    field: *mut abi::Field,
    of: impl FnOnce(&P, usize) -> Option<Field<'_>>,
) -> i32 {
    let entry = |instance: &Instance<P>| {
        // SAFETY: The caller guarantees null or a field that is valid for writes.
        let field = unsafe { given_mut(field, "the field")? };
        let Some(found) = of(instance.plugin()?, index as usize) else { return Ok(0) };
        found.fill(field);
        Ok(1)
    };
    // SAFETY: The caller guarantees what `guard` requires.
    unsafe { guard::<P>(plugin, std::ptr::null_mut(), entry) as i32 }
}

/// The C functions of a plugin `P`.
pub struct Entries<P>(PhantomData<P>);

// "The contract" in the SAFETY comments below is what `entry.rs` says: the host passes an instance of this plugin that it
// has not destroyed, and pointers that are null or valid for the call.
impl<P: RowFilter> Entries<P> {
    const fn made(ordered: bool) -> Calls {
        Calls {
            size: size_of::<Calls>() as u32,
            flags: line_flags((ordered, super::ROW_FILTER_ORDERED), (P::LINEWISE, super::ROW_FILTER_LINEWISE)),
            state_new: Some(Self::state_new),
            state_free: Some(state_free::<P, P::State>),
            column: Some(Self::column),
            keep: Some(Self::keep),
        }
    }

    const IN_ANY_ORDER: Calls = Self::made(false);
    const IN_ORDER: Calls = Self::made(true);

    /// Returns the struct of an instance.
    pub fn calls(plugin: Option<&P>) -> &'static Calls {
        match plugin.map_or(P::ORDERED, P::ordered) {
            true => &Self::IN_ORDER,
            false => &Self::IN_ANY_ORDER,
        }
    }

    unsafe extern "C" fn state_new(plugin: *const abi::Plugin, error: *mut abi::Error) -> *mut c_void {
        // SAFETY: The host passes a live instance and pointers that are null or valid for the call.
        unsafe { state_new(plugin, error, |plugin: &P| plugin.state()) }
    }

    unsafe extern "C" fn column(plugin: *const abi::Plugin, index: u32, field: *mut abi::Field) -> i32 {
        // SAFETY: The host passes a live instance and pointers that are null or valid for the call.
        unsafe { describe::<P>(plugin, index, field, |plugin, index| plugin.column(index)) }
    }

    unsafe extern "C" fn keep(
        plugin: *const abi::Plugin,
        state: *mut c_void,
        ctx: *const abi::Ctx,
        rows: *const abi::Rows,
        keep: *mut u64,
        error: *mut abi::Error,
    ) -> i32 {
        let entry = |instance: &Instance<P>| {
            // SAFETY: The host passes a live instance and pointers that are null or valid for the call.
            let (ctx, rows, state) = unsafe { (given(ctx, "ctx")?, given(rows, "rows")?, state_of(state)?) };
            // SAFETY: The contract: `keep` has a bit for each row, in whole words.
            let keep = unsafe { given_array(keep, (rows.count as usize).div_ceil(64), "keep")? };
            instance.plugin()?.keep(state, &Context(ctx), &Rows(rows), &mut Keep(keep))?;
            Ok(status::OK.into())
        };
        // SAFETY: The host passes a live instance and pointers that are null or valid for the call.
        unsafe { guard::<P>(plugin, error, entry) as i32 }
    }
}
