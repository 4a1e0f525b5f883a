//! What a call gets from the host, borrowed for the call and safe to use.
use crate::sink::offer;
#[cfg(doc)]
use crate::Host;
use crate::{abi, Error, Sink, Span};
use std::mem::offset_of;
use std::sync::atomic::{AtomicU32, Ordering};

/// The context of a call.
pub struct Context<'a>(pub(crate) &'a abi::Ctx);

impl Context<'_> {
    /// Whether the call should give up with [`Error::cancelled`]. Look at least once a batch.
    pub fn cancelled(&self) -> bool {
        // SAFETY: The host changes the word while the call runs, and keeps it valid for the call.
        unsafe { AtomicU32::from_ptr(self.0.cancel.cast_mut()) }.load(Ordering::Relaxed) != 0
    }

    /// The index of the calling worker, from 0.
    pub fn worker(&self) -> u32 {
        self.0.worker
    }

    /// When the call should be over, on the clock of [`Host::now_ns`]; `None`: there is no limit.
    pub fn deadline_ns(&self) -> Option<u64> {
        (self.0.deadline_ns != 0).then_some(self.0.deadline_ns)
    }
}

/// Lines of one block, in order.
pub struct Lines<'a>(pub(crate) &'a abi::Lines);

impl<'a> Lines<'a> {
    /// The lines, without their newlines.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &'a [u8]> + use<'a> {
        let block = self.block();
        self.spans().iter().map(move |span| &block[span.offset as usize..][..span.length as usize])
    }

    /// Where the lines lie in [`Lines::block`].
    pub fn spans(&self) -> &'a [Span] {
        // SAFETY: The contract: there are so many, as long as the lines.
        unsafe { slice(self.0.spans, self.0.count as usize) }
    }

    /// The block that holds the lines.
    pub fn block(&self) -> &'a [u8] {
        // SAFETY: The contract: the block lives as long as the lines.
        unsafe { slice(self.0.block.data, self.0.block.len as usize) }
    }

    /// Where a line, or the one that a transform made it of, begins in its input, in bytes.
    pub fn offset(&self, line: usize) -> u64 {
        match self.origins() {
            [] => self.0.block_offset + u64::from(self.spans()[line].offset),
            origins => origins[line],
        }
    }

    /// The number of a line in its input, from 1, or of the one that a transform made it of; for an exporter that asks
    /// for it.
    pub fn number(&self, line: usize) -> Option<u64> {
        self.numbers().get(line).copied()
    }

    /// The name of the input, as the user wrote it; for an exporter that asks for it.
    pub fn input_name(&self) -> Option<&'a [u8]> {
        // SAFETY: The contract: where it is not null it lives as long as the lines, and so do its bytes.
        unsafe { self.name().as_ref().map(|name| slice(name.data, name.len as usize)) }
    }

    /// Of each line; empty when they are not known.
    pub(crate) fn numbers(&self) -> &'a [u64] {
        let has_numbers = self.0.size as usize >= offset_of!(abi::Lines, numbers) + size_of::<*const u64>();
        let numbers = if has_numbers { self.0.numbers } else { std::ptr::null() };
        // SAFETY: The contract: where it is not null there is one for each line.
        unsafe { slice(numbers, self.0.count as usize) }
    }

    pub(crate) fn name(&self) -> *const abi::Bytes {
        let has_name = self.0.size as usize >= offset_of!(abi::Lines, input_name) + size_of::<*const abi::Bytes>();
        if has_name {
            self.0.input_name
        } else {
            std::ptr::null()
        }
    }

    /// Of each line; empty when these are lines of the input.
    pub(crate) fn origins(&self) -> &'a [u64] {
        // Not by the whole size, which grows with the contract.
        let has_origins = self.0.size as usize >= offset_of!(abi::Lines, origins) + size_of::<*const u64>();
        let origins = if has_origins { self.0.origins } else { std::ptr::null() };
        // SAFETY: The contract: where it is not null there is one for each line.
        unsafe { slice(origins, self.0.count as usize) }
    }
}

/// What becomes of one line. It stays as it is until it is asked otherwise.
pub struct Output<'a, 'b> {
    sink: Sink<'b>,
    length: &'a mut u32,
}

impl<'a> Output<'a, '_> {
    pub(crate) fn new(sink: &'a mut abi::Sink, length: &'a mut u32) -> Output<'a, 'a> {
        Output { sink: Sink::to_host(sink), length }
    }

    /// Takes the line away, unless a line is put in its place.
    pub fn drop_line(&mut self) {
        if *self.length == abi::TRANSFORM_SAME {
            *self.length = 0;
        }
    }

    /// Puts a line, given without its newline, in the place of the line, behind those that were put before.
    pub fn put_line(&mut self, line: impl AsRef<[u8]>) -> Result<(), Error> {
        self.put_parts(&[line.as_ref()])
    }

    /// The same for a line in parts.
    pub fn put_parts(&mut self, parts: &[&[u8]]) -> Result<(), Error> {
        self.drop_line();
        let added = parts.iter().map(|part| part.len()).sum::<usize>() + 1;
        let length = *self.length as usize + added;
        if length >= abi::TRANSFORM_SAME as usize {
            return Err(Error::no_memory());
        }
        for part in parts {
            self.sink.put(part)?;
        }
        self.sink.put(b"\n")?;
        *self.length = length as u32;
        Ok(())
    }
}

/// What becomes of the lines of a batch.
pub struct Changes<'a> {
    pub(crate) sink: &'a mut abi::Sink,
    pub(crate) lengths: &'a mut [u32],
    pub(crate) next: usize,
}

impl Changes<'_> {
    /// What becomes of the line with this index in the batch. Lines come in order; those that are left out stay.
    ///
    /// # Panics
    /// When the line, or one behind it, was asked for before.
    pub fn of(&mut self, line: usize) -> Output<'_, '_> {
        assert!(line >= self.next, "the output of line {line} was asked for behind that of line {}", self.next);
        self.next = line + 1;
        Output::new(self.sink, &mut self.lengths[line])
    }
}

/// A bit for each line of a batch.
pub struct Keep<'a>(pub(crate) &'a mut [u64]);

impl Keep<'_> {
    /// Keeps the line with this index in the batch.
    pub fn keep(&mut self, line: usize) {
        self.0[line / 64] |= 1 << (line % 64);
    }
}

/// What a search of a block has found so far.
pub struct Found<'a> {
    pub(crate) cursor: usize,
    pub(crate) spans: &'a mut [Span],
    pub(crate) count: usize,
}

impl Found<'_> {
    /// The start of the first line that is not decided yet.
    pub fn cursor(&self) -> usize {
        self.cursor
    }

    /// Whether there is no room for another line; the search goes on in another call.
    pub fn full(&self) -> bool {
        self.count == self.spans.len()
    }

    /// Decides every line before `to`, which is the start of a line or the block's end.
    pub fn advance(&mut self, to: usize) {
        self.cursor = to;
    }

    /// Keeps the line `[begin, end)`, newline not included. There must be room.
    pub fn keep(&mut self, begin: usize, end: usize) {
        self.spans[self.count] = Span { offset: begin as u32, length: (end - begin) as u32 };
        self.count += 1;
    }
}

/// Where in a line a filter finds what keeps the line.
pub struct Places<'a>(pub(crate) &'a mut abi::Sink);

impl Places<'_> {
    /// Adds the bytes `[begin, end)` of the line, behind those that were added before.
    pub fn add(&mut self, begin: usize, end: usize) -> Result<(), Error> {
        let (Ok(offset), Some(Ok(length))) = (u32::try_from(begin), end.checked_sub(begin).map(u32::try_from)) else {
            return Err(Error::internal(format!("a place in a line is [{begin}, {end})")));
        };
        let mut span = [0; size_of::<Span>()];
        span[..4].copy_from_slice(&offset.to_ne_bytes());
        span[4..].copy_from_slice(&length.to_ne_bytes());
        match offer(self.0, &span)? {
            true => Ok(()),
            false => Err(Error::io("the host took no more places")),
        }
    }
}

/// A slice of what the host gave; null is empty.
///
/// # Safety
/// `data` is null or points to `len` valid elements that live as long as `'a`.
pub(crate) unsafe fn slice<'a, T>(data: *const T, len: usize) -> &'a [T] {
    if data.is_null() {
        &[]
    } else {
        // SAFETY: The caller promises it.
        unsafe { std::slice::from_raw_parts(data, len) }
    }
}
