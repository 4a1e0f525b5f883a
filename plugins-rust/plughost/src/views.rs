//! Safe views of the arguments of a call. They borrow memory of the host for the time of the call.
use crate::sink::offer;
use crate::{abi, Error, Sink, Span};
#[cfg(doc)]
use crate::{Exporter, Host};
use std::mem::offset_of;
use std::sync::atomic::{AtomicU32, Ordering};

/// The context of a call.
pub struct Context<'a>(pub(crate) &'a abi::Ctx);

impl Context<'_> {
    /// Returns true when the call should stop and return [`Error::cancelled`]. Check it at least once a batch.
    pub fn cancelled(&self) -> bool {
        // SAFETY: The host keeps the word valid during the call, and changes it only atomically.
        unsafe { AtomicU32::from_ptr(self.0.cancel.cast_mut()) }.load(Ordering::Relaxed) != 0
    }

    /// Returns the index of the calling worker, from 0.
    pub fn worker(&self) -> u32 {
        self.0.worker
    }

    /// Returns the time when the call should have ended, on the clock of [`Host::now_ns`], or `None` without a limit.
    pub fn deadline_ns(&self) -> Option<u64> {
        (self.0.deadline_ns != 0).then_some(self.0.deadline_ns)
    }
}

/// Consecutive or selected lines of one block, in input order.
pub struct Lines<'a>(pub(crate) &'a abi::Lines);

impl<'a> Lines<'a> {
    /// Returns the lines, without their newlines.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &'a [u8]> + use<'a> {
        let block = self.block();
        self.spans().iter().map(move |span| &block[span.offset as usize..][..span.length as usize])
    }

    /// Returns the position of each line in [`Lines::block`].
    pub fn spans(&self) -> &'a [Span] {
        // SAFETY: The contract: there are `count` spans, and they live as long as the lines.
        unsafe { slice(self.0.spans, self.0.count as usize) }
    }

    /// Returns the block that holds the lines.
    pub fn block(&self) -> &'a [u8] {
        // SAFETY: The contract: the block lives as long as the lines.
        unsafe { slice(self.0.block.data, self.0.block.len as usize) }
    }

    /// Returns the offset of a line in its input, in bytes. For a line that a transform made, returns the offset of the
    /// line that it was made of.
    ///
    /// # Panics
    /// When `line` is not less than the number of lines.
    pub fn offset(&self, line: usize) -> u64 {
        match self.origins() {
            [] => self.0.block_offset + u64::from(self.spans()[line].offset),
            origins => origins[line],
        }
    }

    /// Returns the number of a line in its input, from 1. For a line that a transform made, returns the number of the
    /// line that it was made of. `None` unless the exporter asks for numbers with [`Exporter::NUMBERS`].
    pub fn number(&self, line: usize) -> Option<u64> {
        self.numbers().get(line).copied()
    }

    /// Returns the index of the input in the run.
    pub fn input(&self) -> u32 {
        self.0.input
    }

    /// Returns the name of the input as the user wrote it. `None` unless the exporter asks for names with
    /// [`Exporter::NAMES`].
    pub fn input_name(&self) -> Option<&'a [u8]> {
        // SAFETY: The contract: a name that is not null lives as long as the lines, and so do its bytes.
        unsafe { self.name().as_ref().map(|name| slice(name.data, name.len as usize)) }
    }

    /// Returns the number of each line, or nothing when the host did not count.
    pub(crate) fn numbers(&self) -> &'a [u64] {
        let has_numbers = self.0.size as usize >= offset_of!(abi::Lines, numbers) + size_of::<*const u64>();
        let numbers = if has_numbers { self.0.numbers } else { std::ptr::null() };
        // SAFETY: The contract: an array that is not null holds a number for each line.
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

    /// Returns the offset of the line that each line was made of, or nothing for lines of the input itself.
    pub(crate) fn origins(&self) -> &'a [u64] {
        // Compares with the end of this field: later versions of the contract add fields after it.
        let has_origins = self.0.size as usize >= offset_of!(abi::Lines, origins) + size_of::<*const u64>();
        let origins = if has_origins { self.0.origins } else { std::ptr::null() };
        // SAFETY: The contract: an array that is not null holds an offset for each line.
        unsafe { slice(origins, self.0.count as usize) }
    }
}

/// The output for one line of a transform. The line stays unchanged unless the transform calls a method.
pub struct Output<'a, 'b> {
    sink: Sink<'b>,
    length: &'a mut u32,
}

impl<'a> Output<'a, '_> {
    pub(crate) fn new(sink: &'a mut abi::Sink, length: &'a mut u32) -> Output<'a, 'a> {
        Output { sink: Sink::to_host(sink), length }
    }

    /// Removes the line. Lines that the transform puts here stay.
    pub fn drop_line(&mut self) {
        if *self.length == abi::TRANSFORM_SAME {
            *self.length = 0;
        }
    }

    /// Replaces the line with this one, given without its newline; later calls add further lines after it.
    ///
    /// # Errors
    /// As [`Sink::put`].
    pub fn put_line(&mut self, line: impl AsRef<[u8]>) -> Result<(), Error> {
        self.put_parts(&[line.as_ref()])
    }

    /// Like [`Output::put_line`], for a line in parts.
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

/// The outputs for the lines of a batch.
pub struct Changes<'a> {
    pub(crate) sink: &'a mut abi::Sink,
    pub(crate) lengths: &'a mut [u32],
    pub(crate) next: usize,
}

impl Changes<'_> {
    /// Returns the output for the line with this index in the batch. Ask in ascending order; a line that you skip stays
    /// unchanged.
    ///
    /// # Panics
    /// When you have asked for this line or a later one before, or there is no such line.
    pub fn of(&mut self, line: usize) -> Output<'_, '_> {
        assert!(line >= self.next, "the output of line {line} was asked for after that of line {}", self.next);
        self.next = line + 1;
        Output::new(self.sink, &mut self.lengths[line])
    }
}

/// The lines of a batch that a filter keeps: one bit for each line, unset at first.
pub struct Keep<'a>(pub(crate) &'a mut [u64]);

impl Keep<'_> {
    /// Keeps the line with this index in the batch.
    ///
    /// # Panics
    /// When there is no such line.
    #[track_caller]
    pub fn keep(&mut self, line: usize) {
        self.0[line / 64] |= 1 << (line % 64);
    }
}

/// What a parser says of the lines of a batch. A line of which it says nothing does not fit.
pub struct Fits<'a> {
    pub(crate) fits: &'a mut [u64],
    pub(crate) skipped: &'a mut [u64],
}

impl Fits<'_> {
    /// Makes a row of the line with this index in the batch.
    ///
    /// # Panics
    /// When there is no such line.
    #[track_caller]
    pub fn keep(&mut self, line: usize) {
        self.fits[line / 64] |= 1 << (line % 64);
    }

    /// Skips a line: it belongs to the format and is no row, such as a header, a comment or an empty line. Such lines are not
    /// counted among those that do not fit.
    ///
    /// # Panics
    /// When there is no such line.
    #[track_caller]
    pub fn skip(&mut self, line: usize) {
        self.skipped[line / 64] |= 1 << (line % 64);
    }
}

/// The lines that a search of a block has found so far.
pub struct Found<'a> {
    pub(crate) cursor: usize,
    pub(crate) spans: &'a mut [Span],
    pub(crate) count: usize,
}

impl Found<'_> {
    /// Returns the offset of the first line that is not decided yet.
    pub fn cursor(&self) -> usize {
        self.cursor
    }

    /// Returns true when there is no room for another line. Return then; the host calls again for the rest.
    pub fn full(&self) -> bool {
        self.count == self.spans.len()
    }

    /// Returns how many further lines there is room for.
    pub fn room(&self) -> usize {
        self.spans.len() - self.count
    }

    /// Marks every line before `to` as decided. `to` is the start of a line, or the end of the block.
    pub fn advance(&mut self, to: usize) {
        self.cursor = to;
    }

    /// Keeps the line `[begin, end)`, without its newline.
    ///
    /// # Panics
    /// When [`Found::full`] is true.
    pub fn keep(&mut self, begin: usize, end: usize) {
        self.spans[self.count] = Span { offset: begin as u32, length: (end - begin) as u32 };
        self.count += 1;
    }
}

/// The spans of a line that a filter found: where the line matches.
pub struct Spans<'a>(pub(crate) &'a mut abi::Sink);

impl Spans<'_> {
    /// Adds the span `[begin, end)`, in bytes of the line. Add spans in ascending order, without overlap.
    ///
    /// # Errors
    /// The span ends before it begins, or the host takes no more spans. Return the error from the call.
    pub fn add(&mut self, begin: usize, end: usize) -> Result<(), Error> {
        let (Ok(offset), Some(Ok(length))) = (u32::try_from(begin), end.checked_sub(begin).map(u32::try_from)) else {
            return Err(Error::internal(format!("a span of a line is [{begin}, {end})")));
        };
        let mut span = [0; size_of::<Span>()];
        span[..4].copy_from_slice(&offset.to_ne_bytes());
        span[4..].copy_from_slice(&length.to_ne_bytes());
        match offer(self.0, &span)? {
            true => Ok(()),
            false => Err(Error::io("the host took no more spans")),
        }
    }
}

/// Returns an array of the host as a slice; null becomes an empty one.
///
/// # Safety
/// `data` must be null or point to `len` valid elements that live as long as `'a`.
pub(crate) unsafe fn slice<'a, T>(data: *const T, len: usize) -> &'a [T] {
    if data.is_null() {
        &[]
    } else {
        // SAFETY: The pointer is not null, so the caller guarantees `len` elements.
        unsafe { std::slice::from_raw_parts(data, len) }
    }
}
