//! A filter: its trait, and its functions as C sees them.
use crate::abi::{self, status};
use crate::entry::{given, given_array, given_mut, guard, line_flags, state_free, state_new, state_of, Instance};
use crate::views::slice;
use crate::{Context, Error, Found, Keep, Lines, Plugin, Spans};
use std::ffi::c_void;
use std::marker::PhantomData;

/// A plugin that keeps some lines and drops the others. [`Filter::matches`], [`Filter::match_batch`] and [`Filter::scan`]
/// must keep the same lines.
pub trait Filter: Plugin {
    /// The state of one worker, which the methods may change. The SDK passes it to one call at a time.
    type State: Send;

    /// Whether the answer for a line depends on that line alone. The host may then ask for lines in any order.
    const LINEWISE: bool = true;
    /// Whether one worker must see all lines in input order. The host ignores `LINEWISE` then.
    const ORDERED: bool = false;
    /// Whether the host may call [`Filter::match_batch`].
    const BATCH: bool = false;
    /// Whether the host may call [`Filter::scan`].
    const SCAN: bool = false;
    /// Whether the host may call [`Filter::spans`].
    const SPANS: bool = false;

    /// Returns whether one worker must see all lines in input order, as `ORDERED` says for all instances. The host asks after
    /// [`Plugin::new`]. A plugin that runs what others wrote may only know it then.
    fn ordered(&self) -> bool {
        Self::ORDERED
    }

    /// Returns whether the host may call [`Filter::scan`] of this instance, as `SCAN` says for all instances. The host asks after
    /// [`Plugin::new`], and prefers a scan to [`Filter::literal`]: a filter that is slow by itself, and states literals,
    /// returns false.
    fn scans(&self) -> bool {
        Self::SCAN
    }

    /// Returns whether the host may call [`Filter::spans`] of this instance, as `SPANS` says for all instances. The host asks
    /// after [`Plugin::new`].
    fn finds_spans(&self) -> bool {
        Self::SPANS
    }

    /// Makes the state of one worker.
    fn state(&self) -> Result<Self::State, Error>;

    /// Returns true to keep the line, which comes without its newline.
    fn matches(&self, state: &mut Self::State, line: &[u8]) -> Result<bool, Error>;

    /// Does the same for a batch of lines in one call, which is faster. The default calls the method for one line.
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

    /// Returns the texts that help the host to skip lines: every line that the filter keeps contains at least one of them,
    /// byte for byte. The host asks for index 0, 1, … until it gets `None`. At most 16 texts of 1 to 1024 bytes, without
    /// newlines.
    fn literal(&self, index: usize) -> Option<&[u8]> {
        let _ = index;
        None
    }

    /// Searches a block of whole lines, starting at `found.cursor()`, until `found` is full or the block ends. Call
    /// [`Found::keep`] for each line to keep and [`Found::advance`] for what is decided.
    fn scan(&self, state: &mut Self::State, ctx: &Context, block: &[u8], found: &mut Found) -> Result<(), Error> {
        let _ = (state, ctx, block, found);
        Err(Error::invalid("this filter offers no scan"))
    }

    /// Adds the spans of a line that match, or none for a line that the filter does not keep. The line comes without its
    /// newline. Spans ascend and do not overlap, and an empty span touches neither of its neighbours. The host asks only
    /// about lines that it shows, in any order.
    fn spans(&self, state: &mut Self::State, ctx: &Context, line: &[u8], spans: &mut Spans) -> Result<(), Error> {
        let _ = (state, ctx, line, spans);
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

/// The C functions of a plugin `P`.
pub struct Entries<P>(PhantomData<P>);

// "The contract" in the SAFETY comments below is what `entry.rs` says: the host passes an instance of this plugin that it
// has not destroyed, and pointers that are null or valid for the call.
impl<P: Filter> Entries<P> {
    const fn made(ordered: bool, scans: bool, finds_spans: bool) -> Calls {
        Calls {
            size: size_of::<Calls>() as u32,
            flags: line_flags((ordered, super::FILTER_ORDERED), (P::LINEWISE, super::FILTER_LINEWISE)),
            state_new: Some(Self::state_new),
            state_free: Some(state_free::<P, P::State>),
            match_: Some(Self::matches),
            match_batch: if P::BATCH { Some(Self::match_batch) } else { None },
            scan: if scans { Some(Self::scan) } else { None },
            literal: Some(Self::literal),
            spans: if finds_spans { Some(Self::spans) } else { None },
        }
    }

    /// A struct for each of the answers of an instance: the first adds 1 to the index, the second 2, the third 4.
    const EACH: [Calls; 8] = [
        Self::made(false, false, false),
        Self::made(true, false, false),
        Self::made(false, true, false),
        Self::made(true, true, false),
        Self::made(false, false, true),
        Self::made(true, false, true),
        Self::made(false, true, true),
        Self::made(true, true, true),
    ];

    /// Returns the struct of an instance.
    pub fn calls(plugin: Option<&P>) -> &'static Calls {
        let ordered = plugin.map_or(P::ORDERED, P::ordered);
        let scans = plugin.map_or(P::SCAN, P::scans);
        let finds_spans = plugin.map_or(P::SPANS, P::finds_spans);
        let each: &'static [Calls; 8] = &Self::EACH;
        &each[usize::from(ordered) + 2 * usize::from(scans) + 4 * usize::from(finds_spans)]
    }

    unsafe extern "C" fn state_new(plugin: *const abi::Plugin, error: *mut abi::Error) -> *mut c_void {
        // SAFETY: The host passes a live instance and pointers that are null or valid for the call.
        unsafe { state_new(plugin, error, |plugin: &P| plugin.state()) }
    }

    unsafe extern "C" fn matches(plugin: *const abi::Plugin, state: *mut c_void, data: *const u8, len: u64) -> i32 {
        let entry = |instance: &Instance<P>| {
            // SAFETY: The host passes a live instance and pointers that are null or valid for the call.
            let (state, line) = unsafe { (state_of(state)?, slice(data, len as usize)) };
            Ok(instance.plugin()?.matches(state, line)?.into())
        };
        // SAFETY: The host passes a live instance and pointers that are null or valid for the call.
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
            // SAFETY: The host passes a live instance and pointers that are null or valid for the call.
            let (ctx, lines, state) = unsafe { (given(ctx, "ctx")?, given(lines, "lines")?, state_of(state)?) };
            // SAFETY: The contract: `keep` has a bit for each line, in whole words.
            let keep = unsafe { given_array(keep, (lines.count as usize).div_ceil(64), "keep")? };
            instance.plugin()?.match_batch(state, &Context(ctx), &Lines(lines), &mut Keep(keep))?;
            Ok(status::OK.into())
        };
        // SAFETY: The host passes a live instance and pointers that are null or valid for the call.
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
            // SAFETY: The host passes a live instance and pointers that are null or valid for the call.
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
        // SAFETY: The host passes a live instance and pointers that are null or valid for the call.
        unsafe { guard::<P>(plugin, error, entry) }
    }

    unsafe extern "C" fn literal(plugin: *const abi::Plugin, index: u32, text: *mut abi::Bytes) -> i32 {
        let entry = |instance: &Instance<P>| {
            // SAFETY: The host passes a live instance and pointers that are null or valid for the call.
            let text = unsafe { given_mut(text, "the text")? };
            let Some(literal) = instance.plugin()?.literal(index as usize) else { return Ok(0) };
            *text = abi::Bytes { data: literal.as_ptr(), len: literal.len() as u64 };
            Ok(1)
        };
        // SAFETY: The host passes a live instance and pointers that are null or valid for the call.
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
            // SAFETY: The host passes a live instance and pointers that are null or valid for the call.
            let (ctx, state, line) =
                unsafe { (given(ctx, "ctx")?, state_of(state)?, slice(line.data, line.len as usize)) };
            // SAFETY: The host passes a live instance and pointers that are null or valid for the call.
            let out = unsafe { given_mut(out, "the sink")? };
            instance.plugin()?.spans(state, &Context(ctx), line, &mut Spans(out))?;
            Ok(status::OK.into())
        };
        // SAFETY: The host passes a live instance and pointers that are null or valid for the call.
        unsafe { guard::<P>(plugin, error, entry) as i32 }
    }
}
