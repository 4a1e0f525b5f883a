//! The entries of a filter.
use super::{given, given_array, given_mut, guard, state_free, state_new, state_of, Instance};
use crate::abi::{self, status};
use crate::views::slice;
use crate::{Context, Filter, Found, Keep, Lines, Places};
use std::ffi::c_void;
use std::marker::PhantomData;

pub struct FilterTable<P>(PhantomData<P>);

// SAFETY, in all entries: the contract, as in the parent module.
impl<P: Filter> FilterTable<P> {
    pub const TABLE: abi::Filter = abi::Filter {
        size: size_of::<abi::Filter>() as u32,
        flags: match (P::ORDERED, P::LINEWISE) {
            (true, _) => abi::FILTER_ORDERED,
            (false, true) => abi::FILTER_LINEWISE,
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
