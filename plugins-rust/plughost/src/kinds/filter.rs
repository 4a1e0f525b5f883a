//! A filter: its trait, and its functions as C sees them.
use crate::abi::{self, status};
use crate::entry::{given, given_array, given_mut, guard, state_free, state_new, state_of, Instance};
use crate::views::slice;
use crate::{Context, Error, Found, Keep, Lines, Places, Plugin};
use std::ffi::c_void;
use std::marker::PhantomData;

/// A plugin that keeps some lines and drops the others. All shapes that it offers answer alike.
pub trait Filter: Plugin {
    /// Scratch memory of one worker.
    type State: Send;

    /// The answer for a line depends on that line alone.
    const LINEWISE: bool = true;
    /// Lines must be seen in input order, by one worker. `LINEWISE` then counts for nothing.
    const ORDERED: bool = false;
    /// Whether [`Filter::match_batch`] is offered to the host.
    const BATCH: bool = false;
    /// Whether [`Filter::scan`] is offered to the host.
    const SCAN: bool = false;
    /// Whether [`Filter::spans`] is offered to the host.
    const SPANS: bool = false;

    /// Makes the scratch memory of one worker.
    fn state(&self) -> Result<Self::State, Error>;

    /// Whether a line, without its newline, is kept.
    fn matches(&self, state: &mut Self::State, line: &[u8]) -> Result<bool, Error>;

    /// Many lines at once; one guard and one call serve them all.
    fn match_batch(&self, state: &mut Self::State, ctx: &Context, lines: &Lines, keep: &mut Keep) -> Result<(), Error> {
        if ctx.cancelled() {
            return Err(Error::cancelled());
        }
        for (i, line) in lines.iter().enumerate() {
            if self.matches(state, line)? {
                keep.keep(i);
            }
        }
        Ok(())
    }

    /// A hint for the host, asked for index 0, 1, … until there is none: texts of which every kept line holds at least
    /// one, as it stands, so that only such lines need be asked for. At most 16, of 1 to 1024 bytes, without newline.
    fn literal(&self, index: usize) -> Option<&[u8]> {
        let _ = index;
        None
    }

    /// Searches a block of whole lines from `found.cursor()` on, until it is full or the block's end is decided.
    fn scan(&self, state: &mut Self::State, ctx: &Context, block: &[u8], found: &mut Found) -> Result<(), Error> {
        let _ = (state, ctx, block, found);
        Err(Error::invalid("this filter offers no scan"))
    }

    /// Tells where in a line, given without its newline, the filter finds what keeps the line; nothing for a line that
    /// it does not keep. Places ascend and do not overlap; an empty one touches neither the place before it nor the one
    /// behind it. The host asks about lines that it shows, in any order.
    fn spans(&self, state: &mut Self::State, ctx: &Context, line: &[u8], places: &mut Places) -> Result<(), Error> {
        let _ = (state, ctx, line, places);
        Err(Error::invalid("this filter offers no spans"))
    }
}

/// `plug_filter` of the C contract.
#[repr(C)]
pub struct Calls {
    pub size: u32,
    pub flags: u32,
    pub state_new: Option<abi::StateNew>,
    pub state_free: Option<abi::StateFree>,
    pub match_: Option<unsafe extern "C" fn(*const abi::Plugin, *mut c_void, *const u8, u64) -> i32>,
    pub match_batch: Option<
        unsafe extern "C" fn(
            *const abi::Plugin,
            *mut c_void,
            *const abi::Ctx,
            *const abi::Lines,
            *mut u64,
            *mut abi::Error,
        ) -> i32,
    >,
    #[allow(clippy::type_complexity)]
    pub scan: Option<
        unsafe extern "C" fn(
            *const abi::Plugin,
            *mut c_void,
            *const abi::Ctx,
            abi::Bytes,
            *mut u64,
            *mut abi::Span,
            u32,
            *mut abi::Error,
        ) -> i64,
    >,
    pub literal: Option<unsafe extern "C" fn(*const abi::Plugin, u32, *mut abi::Bytes) -> i32>,
    pub spans: Option<
        unsafe extern "C" fn(
            *const abi::Plugin,
            *mut c_void,
            *const abi::Ctx,
            abi::Bytes,
            *mut abi::Sink,
            *mut abi::Error,
        ) -> i32,
    >,
}

/// The functions of a plugin `P`.
pub struct Entries<P>(PhantomData<P>);

// SAFETY, in all entries: the contract, as in `entry`.
impl<P: Filter> Entries<P> {
    pub const CALLS: Calls = Calls {
        size: size_of::<Calls>() as u32,
        flags: match (P::ORDERED, P::LINEWISE) {
            (true, _) => super::FILTER_ORDERED,
            (false, true) => super::FILTER_LINEWISE,
            (false, false) => 0,
        },
        state_new: Some(Self::state_new),
        state_free: Some(state_free::<P, P::State>),
        match_: Some(Self::matches),
        match_batch: if P::BATCH { Some(Self::match_batch) } else { None },
        scan: if P::SCAN { Some(Self::scan) } else { None },
        literal: Some(Self::literal),
        spans: if P::SPANS { Some(Self::spans) } else { None },
    };

    unsafe extern "C" fn state_new(plugin: *const abi::Plugin, error: *mut abi::Error) -> *mut c_void {
        // SAFETY: The contract.
        unsafe { state_new(plugin, error, |plugin: &P| plugin.state()) }
    }

    unsafe extern "C" fn matches(plugin: *const abi::Plugin, state: *mut c_void, data: *const u8, len: u64) -> i32 {
        let entry = |instance: &Instance<P>| {
            // SAFETY: The contract.
            let (state, line) = unsafe { (state_of(state)?, slice(data, len as usize)) };
            Ok(instance.plugin()?.matches(state, line)?.into())
        };
        // SAFETY: The contract.
        unsafe { guard::<P>(plugin, std::ptr::null_mut(), entry) as i32 }
    }

    unsafe extern "C" fn match_batch(
        plugin: *const abi::Plugin,
        state: *mut c_void,
        ctx: *const abi::Ctx,
        lines: *const abi::Lines,
        keep: *mut u64,
        error: *mut abi::Error,
    ) -> i32 {
        let entry = |instance: &Instance<P>| {
            // SAFETY: The contract.
            let (ctx, lines, state) = unsafe { (given(ctx, "ctx")?, given(lines, "lines")?, state_of(state)?) };
            // SAFETY: The contract: a bit for each line.
            let keep = unsafe { given_array(keep, (lines.count as usize).div_ceil(64), "keep")? };
            instance.plugin()?.match_batch(state, &Context(ctx), &Lines(lines), &mut Keep(keep))?;
            Ok(status::OK.into())
        };
        // SAFETY: The contract.
        unsafe { guard::<P>(plugin, error, entry) as i32 }
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
        let entry = |instance: &Instance<P>| {
            // SAFETY: The contract.
            let (ctx, state, block) =
                unsafe { (given(ctx, "ctx")?, state_of(state)?, slice(block.data, block.len as usize)) };
            // SAFETY: The contract: there is room for `cap` spans.
            let (cursor, spans) =
                unsafe { (given_mut(cursor, "the cursor")?, given_array(spans, cap as usize, "spans")?) };
            let mut found = Found { cursor: *cursor as usize, spans, count: 0 };
            instance.plugin()?.scan(state, &Context(ctx), block, &mut found)?;
            *cursor = found.cursor as u64;
            Ok(found.count as i64)
        };
        // SAFETY: The contract.
        unsafe { guard::<P>(plugin, error, entry) }
    }

    unsafe extern "C" fn literal(plugin: *const abi::Plugin, index: u32, text: *mut abi::Bytes) -> i32 {
        let entry = |instance: &Instance<P>| {
            // SAFETY: The contract.
            let text = unsafe { given_mut(text, "the text")? };
            let Some(literal) = instance.plugin()?.literal(index as usize) else { return Ok(0) };
            *text = abi::Bytes { data: literal.as_ptr(), len: literal.len() as u64 };
            Ok(1)
        };
        // SAFETY: The contract.
        unsafe { guard::<P>(plugin, std::ptr::null_mut(), entry) as i32 }
    }

    unsafe extern "C" fn spans(
        plugin: *const abi::Plugin,
        state: *mut c_void,
        ctx: *const abi::Ctx,
        line: abi::Bytes,
        out: *mut abi::Sink,
        error: *mut abi::Error,
    ) -> i32 {
        let entry = |instance: &Instance<P>| {
            // SAFETY: The contract.
            let (ctx, state, line) =
                unsafe { (given(ctx, "ctx")?, state_of(state)?, slice(line.data, line.len as usize)) };
            // SAFETY: The contract.
            let out = unsafe { given_mut(out, "the sink")? };
            instance.plugin()?.spans(state, &Context(ctx), line, &mut Places(out))?;
            Ok(status::OK.into())
        };
        // SAFETY: The contract.
        unsafe { guard::<P>(plugin, error, entry) as i32 }
    }
}
