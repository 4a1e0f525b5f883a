//! The filter of a module.
use crate::instance::{Instance, Kind, FINDS_SPANS, SCANS};
use crate::request::{piece_end, pieces, whole, Layout, Piece};
use crate::{Wasm, Worker};
use plughost::{Context, Error, Filter, Found, Keep, Lines, Spans};

/// The most lines that one call of scan may find. It is called again for the others.
const FOUND: usize = 1024;

impl Filter for Wasm {
    type State = Worker;
    const BATCH: bool = true;
    const SCAN: bool = true;
    const SPANS: bool = true;

    fn ordered(&self) -> bool {
        self.is_ordered(Kind::Filter)
    }

    fn scans(&self) -> bool {
        self.flags(Kind::Filter).is_some_and(|flags| flags & SCANS != 0)
    }

    fn finds_spans(&self) -> bool {
        self.flags(Kind::Filter).is_some_and(|flags| flags & FINDS_SPANS != 0)
    }

    fn state(&self) -> Result<Worker, Error> {
        self.worker(Kind::Filter)
    }

    fn matches(&self, worker: &mut Worker, line: &[u8]) -> Result<bool, Error> {
        let mut kept = false;
        worker.call(None, |instance| match_piece(instance, &Piece::of_line(line, &whole(line)), |_| kept = true))?;
        Ok(kept)
    }

    fn match_batch(&self, worker: &mut Worker, ctx: &Context, lines: &Lines, keep: &mut Keep) -> Result<(), Error> {
        worker.call(Some(ctx), |instance| {
            for piece in pieces(lines) {
                if ctx.cancelled() {
                    return Err(Error::cancelled());
                }
                match_piece(instance, &piece, |line| keep.keep(piece.first + line))?;
            }
            Ok(())
        })
    }

    fn literal(&self, index: usize) -> Option<&[u8]> {
        self.offer.literals.get(index).map(Vec::as_slice)
    }

    fn scan(&self, worker: &mut Worker, ctx: &Context, block: &[u8], found: &mut Found) -> Result<(), Error> {
        worker.call(Some(ctx), |instance| {
            while found.cursor() < block.len() && !found.full() {
                if ctx.cancelled() {
                    return Err(Error::cancelled());
                }
                let begin = found.cursor();
                scan_piece(instance, &block[begin..piece_end(block, begin)], begin, found)?;
            }
            Ok(())
        })
    }

    fn spans(&self, worker: &mut Worker, ctx: &Context, line: &[u8], spans: &mut Spans) -> Result<(), Error> {
        worker.call(Some(ctx), |instance| {
            let mut layout = Layout::default();
            let text = layout.add(line.len());
            let mut request = instance.request(layout)?;
            request.put(text, line);
            let text = request.address(text);
            let call = instance.functions.spans.clone();
            let status = instance.call(&call, (text, line.len() as u32))?;
            instance.check("spans", status, None)?;
            let output = instance.output()?;
            if output.len() % 8 != 0 {
                return Err(Error::broken("spans wrote a part of a span"));
            }
            for span in output.chunks_exact(8) {
                let [offset, length] = pair(span);
                spans.add(offset, offset + length)?;
            }
            Ok(())
        })
    }
}

/// Asks about the lines of a piece. `keep` gets the index of each line in the piece that is kept.
fn match_piece(instance: &mut Instance, piece: &Piece, mut keep: impl FnMut(usize)) -> Result<(), Error> {
    let words = piece.count().div_ceil(64);
    let mut layout = Layout::default();
    let (parts, bits) = (piece.lay_out(&mut layout), layout.add(8 * words));
    let mut request = instance.request(layout)?;
    let placed = piece.put(&mut request, parts);
    request.fill(bits, 8 * words, 0);
    let bits = request.address(bits);
    let call = instance.functions.match_batch.clone();
    let status = instance.call(&call, (placed.block, placed.len, placed.spans, placed.origins, placed.count, bits))?;
    instance.check("match_batch", status, Some(piece.base as u64))?;
    let words = instance.bytes(bits, 8 * words as u32)?.chunks_exact(8);
    for (i, word) in words.enumerate() {
        let mut word = u64::from_le_bytes(word.try_into().unwrap_or_default());
        while word != 0 {
            let line = 64 * i + word.trailing_zeros() as usize;
            if line >= piece.count() {
                return Err(Error::broken("match_batch kept a line that it did not get"));
            }
            keep(line);
            word &= word - 1;
        }
    }
    Ok(())
}

/// Searches a piece of a block, which begins at `base` there, until the piece ends or there is no room for more lines.
fn scan_piece(instance: &mut Instance, piece: &[u8], base: usize, found: &mut Found) -> Result<(), Error> {
    let mut layout = Layout::default();
    let (text, cursor, spans) = (layout.add(piece.len()), layout.add(8), layout.add(8 * FOUND));
    let mut request = instance.request(layout)?;
    request.put(text, piece);
    request.fill(cursor, 8, 0);
    let [text, cursor, spans] = [text, cursor, spans].map(|offset| request.address(offset));
    let call = instance.functions.scan.clone();
    // The cursor, and the end of the last line that was found.
    let (mut at, mut end) = (0, 0);
    while at < piece.len() && !found.full() {
        let cap = found.room().min(FOUND);
        let count = instance.call(&call, (text, piece.len() as u32, cursor, spans, cap as u32))?;
        if count < 0 {
            instance.check("scan", i32::try_from(count).unwrap_or(i32::MIN), Some(base as u64))?;
        }
        let count = usize::try_from(count).ok().filter(|count| *count <= cap);
        let count = count.ok_or_else(|| Error::broken("scan returned more spans than there was room for"))?;
        let next = u64::from_le_bytes(instance.number(cursor)?);
        let next = usize::try_from(next).ok().filter(|next| *next > at && *next <= piece.len());
        at = next.ok_or_else(|| Error::broken("scan moved its cursor backwards, not at all, or out of the block"))?;
        for span in instance.bytes(spans, 8 * count as u32)?.chunks_exact(8) {
            let [offset, length] = pair(span);
            if offset < end || offset + length > at {
                return Err(Error::broken("scan gave spans that overlap, do not ascend, or lie beyond its cursor"));
            }
            end = offset + length;
            // The host checks that each is exactly one line.
            found.keep(base + offset, base + end);
        }
        found.advance(base + at);
    }
    Ok(())
}

/// Reads a `plug_span`.
fn pair(span: &[u8]) -> [usize; 2] {
    let number = |at: usize| u32::from_le_bytes(span[at..at + 4].try_into().unwrap_or_default()) as usize;
    [number(0), number(4)]
}
