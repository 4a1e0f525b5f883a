//! The entries of a transform.
use super::{given, given_array, given_mut, guard, state_free, state_new, state_of, Instance};
use crate::abi::{self, status};
use crate::views::slice;
use crate::{Changes, Context, Lines, Output, Transform};
use std::ffi::c_void;
use std::marker::PhantomData;

pub struct TransformTable<P>(PhantomData<P>);

// SAFETY, in all entries: the contract, as in the parent module.
impl<P: Transform> TransformTable<P> {
    pub const TABLE: abi::Transform = abi::Transform {
        size: size_of::<abi::Transform>() as u32,
        flags: match (P::ORDERED, P::LINEWISE) {
            (true, _) => abi::TRANSFORM_ORDERED,
            (false, true) => abi::TRANSFORM_LINEWISE,
            (false, false) => 0,
        },
        state_new: Some(Self::state_new),
        state_free: Some(state_free::<P, P::State>),
        transform: Some(Self::transform),
        transform_batch: if P::BATCH { Some(Self::transform_batch) } else { None },
    };

    unsafe extern "C" fn state_new(plugin: *const abi::Plugin, error: *mut abi::Error) -> *mut c_void {
        // SAFETY: The contract.
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
            // SAFETY: The contract.
            let (out, state, line) =
                unsafe { (given_mut(out, "the sink")?, state_of(state)?, slice(data, len as usize)) };
            let mut length = abi::TRANSFORM_SAME;
            instance.plugin()?.transform(state, line, &mut Output::new(out, &mut length))?;
            Ok(if length == abi::TRANSFORM_SAME { status::UNCHANGED } else { status::OK }.into())
        };
        // SAFETY: The contract.
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
            // SAFETY: The contract.
            let (ctx, lines, state) = unsafe { (given(ctx, "ctx")?, given(lines, "lines")?, state_of(state)?) };
            // SAFETY: The contract: a length for each line.
            let (sink, lengths) =
                unsafe { (given_mut(out, "the sink")?, given_array(lengths, lines.count as usize, "lengths")?) };
            let mut changes = Changes { sink, lengths, next: 0 };
            instance.plugin()?.transform_batch(state, &Context(ctx), &Lines(lines), &mut changes)?;
            Ok(status::OK.into())
        };
        // SAFETY: The contract.
        unsafe { guard::<P>(plugin, error, entry) as i32 }
    }
}
