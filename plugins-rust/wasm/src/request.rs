//! What the host passes to a call: bytes and numbers, one after the other in the memory of the module.
use plughost::{Lines, Span};
use std::ops::Range;

/// The most bytes of lines that one call gets, unless a single line has more. They stay in the cache of the processor.
const PIECE: usize = 256 << 10;

/// The offsets of parts. Each is a multiple of 8, so every number is aligned.
#[derive(Default)]
pub struct Layout {
    end: usize,
}

impl Layout {
    /// Returns the offset of a part with so many bytes.
    pub fn add(&mut self, len: usize) -> usize {
        let offset = self.end;
        self.end = offset.saturating_add(len).saturating_add(7) & !7;
        offset
    }

    /// Returns the size of all parts, if a module can have as much.
    pub fn size(&self) -> Option<u32> {
        u32::try_from(self.end).ok().filter(|size| *size <= i32::MAX as u32)
    }
}

/// The memory of a request.
pub struct Request<'a> {
    address: u32,
    bytes: &'a mut [u8],
}

impl<'a> Request<'a> {
    pub fn new(address: u32, bytes: &'a mut [u8]) -> Self {
        Request { address, bytes }
    }

    /// Returns the address of a part in the memory of the module.
    pub fn address(&self, offset: usize) -> u32 {
        self.address + offset as u32
    }

    pub fn put(&mut self, offset: usize, bytes: &[u8]) {
        self.bytes[offset..][..bytes.len()].copy_from_slice(bytes);
    }

    pub fn fill(&mut self, offset: usize, len: usize, byte: u8) {
        self.bytes[offset..][..len].fill(byte);
    }

    pub fn put_numbers(&mut self, offset: usize, numbers: impl Iterator<Item = u64>) {
        let slots = self.bytes[offset..].chunks_exact_mut(8);
        for (slot, number) in slots.zip(numbers) {
            slot.copy_from_slice(&number.to_le_bytes());
        }
    }
}

/// Some lines, and the part of a block that holds them.
pub struct Piece<'a> {
    /// The index of the first line in its batch.
    pub first: usize,
    /// The offset of the part in the block of the batch.
    pub base: usize,
    block: &'a [u8],
    spans: &'a [Span],
    /// The batch; none for a line by itself.
    lines: Option<&'a Lines<'a>>,
}

/// Returns the span of a line by itself.
pub fn whole(line: &[u8]) -> Span {
    Span { offset: 0, length: line.len() as u32 }
}

/// The addresses of a piece in the memory of the module.
pub struct Placed {
    pub block: u32,
    pub len: u32,
    pub spans: u32,
    pub origins: u32,
    pub count: u32,
}

impl<'a> Piece<'a> {
    /// Makes a piece of one line, which `span` covers.
    pub fn of_line(line: &'a [u8], span: &'a Span) -> Self {
        Piece { first: 0, base: 0, block: line, spans: std::slice::from_ref(span), lines: None }
    }

    /// Returns the number of lines.
    pub fn count(&self) -> usize {
        self.spans.len()
    }

    /// Adds the parts of the piece to the layout of a request.
    pub fn lay_out(&self, layout: &mut Layout) -> [usize; 3] {
        [layout.add(8 * self.count()), layout.add(8 * self.count()), layout.add(self.block.len())]
    }

    pub fn put(&self, request: &mut Request, [spans, origins, block]: [usize; 3]) -> Placed {
        let relative = |span: &Span| u64::from(span.offset - self.base as u32) | u64::from(span.length) << 32;
        request.put_numbers(spans, self.spans.iter().map(relative));
        let origin = |line: usize| self.lines.map_or(0, |lines| lines.offset(self.first + line));
        request.put_numbers(origins, (0..self.count()).map(origin));
        request.put(block, self.block);
        Placed {
            block: request.address(block),
            len: self.block.len() as u32,
            spans: request.address(spans),
            origins: request.address(origins),
            count: self.count() as u32,
        }
    }
}

/// Cuts a batch into pieces.
pub fn pieces<'a>(lines: &'a Lines<'a>) -> impl Iterator<Item = Piece<'a>> {
    let spans = lines.spans();
    let end_of = |span: &Span| span.offset as usize + span.length as usize;
    let mut first = 0;
    std::iter::from_fn(move || {
        let rest = &spans[first..];
        let base = rest.first()?.offset as usize;
        let count = rest.iter().take_while(|span| end_of(span) - base <= PIECE).count().max(1);
        let spans = &rest[..count];
        let block = &lines.block()[base..end_of(&spans[count - 1])];
        let piece = Piece { first, base, block, spans, lines: Some(lines) };
        first += count;
        Some(piece)
    })
}

/// Returns the end of the piece of a block of whole lines that begins at an offset.
pub fn piece_end(block: &[u8], begin: usize) -> usize {
    let newline = |range: Range<usize>, last: bool| {
        let bytes = &block[range.clone()];
        let found = if last { memchr::memrchr(b'\n', bytes) } else { memchr::memchr(b'\n', bytes) };
        found.map(|at| range.start + at + 1)
    };
    match begin + PIECE {
        most if most >= block.len() => block.len(),
        most => newline(begin..most, true).or_else(|| newline(most..block.len(), false)).unwrap_or(block.len()),
    }
}
