//! The filter of a server.
use crate::ranges::{ranges_in, ACCEPTED};
use crate::worker::{broken, Worker};
use crate::Http;
use hyper::body::Bytes;
use plughost::{Context, Error, Filter, Found, Keep, Lines};

const MATCH: &str = "/v1/match";

/// A worker, and the answer for the block that it is at.
pub struct Searched {
    worker: Worker,
    /// The ranges of the block that are kept, as offsets in it, and which of them is next.
    kept: Vec<(usize, usize)>,
    next: usize,
    /// Where the host goes on in the block; 0 if there is none.
    expected: usize,
}

impl Searched {
    /// Returns the ranges of the body that are kept, checked. `place` finds the byte of the block for a byte of the body.
    fn ask(
        &mut self,
        ctx: Option<&Context>,
        body: Bytes,
        is_begin: impl Fn(usize) -> bool,
        place: impl Fn(u64) -> Option<u64>,
    ) -> Result<Vec<(usize, usize)>, Error> {
        let size = body.len();
        let answer = self.worker.ask(ctx, MATCH, ACCEPTED, body, place)?;
        Ok(ranges_in(&answer, size, is_begin).unwrap_or_else(|reason| broken(&reason)))
    }
}

impl Filter for Http {
    type State = Searched;
    const BATCH: bool = true;
    const SCAN: bool = true;

    fn ordered(&self) -> bool {
        self.description.filter.as_ref().is_some_and(|filter| filter.ordered)
    }

    /// The host then asks only about lines that have a literal.
    fn scans(&self) -> bool {
        self.literals.is_empty()
    }

    fn state(&self) -> Result<Searched, Error> {
        Ok(Searched { worker: self.worker()?, kept: Vec::new(), next: 0, expected: 0 })
    }

    fn literal(&self, index: usize) -> Option<&[u8]> {
        self.literals.get(index).map(Vec::as_slice)
    }

    fn matches(&self, state: &mut Searched, line: &[u8]) -> Result<bool, Error> {
        let body = Bytes::from([line, b"\n"].concat());
        Ok(!state.ask(None, body, |at| at == 0, |_| None)?.is_empty())
    }

    fn match_batch(&self, state: &mut Searched, ctx: &Context, lines: &Lines, keep: &mut Keep) -> Result<(), Error> {
        let begins = begins_of(lines);
        let is_begin = |at| begins.binary_search(&at).is_ok();
        for (begin, end) in state.ask(Some(ctx), body_of(lines), is_begin, |at| in_block(lines, &begins, at))? {
            let first = begins.partition_point(|&at| at < begin);
            let last = begins.partition_point(|&at| at < end);
            (first..last).for_each(|i| keep.keep(i));
        }
        Ok(())
    }

    fn scan(&self, state: &mut Searched, ctx: &Context, block: &[u8], found: &mut Found) -> Result<(), Error> {
        let from = found.cursor();
        if from == 0 || from != state.expected {
            let rest = &block[from..];
            // Until the answer is there, what the state holds belongs to another block.
            state.expected = 0;
            let is_begin = |at: usize| at == 0 || rest[at - 1] == b'\n';
            let place = |at: u64| (at < rest.len() as u64).then_some(from as u64 + at);
            state.kept = state.ask(Some(ctx), Bytes::copy_from_slice(rest), is_begin, place)?;
            state.kept.iter_mut().for_each(|(begin, end)| (*begin, *end) = (*begin + from, *end + from));
            state.next = 0;
        }
        while let Some(&(begin, end)) = state.kept.get(state.next) {
            let mut at = begin.max(found.cursor());
            while at < end {
                if found.full() {
                    state.expected = at;
                    found.advance(at);
                    return Ok(());
                }
                let line_end = memchr::memchr(b'\n', &block[at..end]).map_or(end, |newline| at + newline);
                found.keep(at, line_end);
                at = (line_end + 1).min(block.len());
            }
            state.next += 1;
        }
        state.expected = 0;
        found.advance(block.len());
        Ok(())
    }
}

/// Returns lines as a text in which each ends with a newline.
pub fn body_of(lines: &Lines) -> Bytes {
    let mut body = Vec::with_capacity(lines.iter().map(|line| line.len() + 1).sum());
    for line in lines.iter() {
        body.extend_from_slice(line);
        body.push(b'\n');
    }
    Bytes::from(body)
}

/// Returns where each line begins in the text of `body_of`.
pub fn begins_of(lines: &Lines) -> Vec<usize> {
    let begins = lines.iter().scan(0, |at, line| {
        let begin = *at;
        *at += line.len() + 1;
        Some(begin)
    });
    begins.collect()
}

/// Returns the byte of the block for a byte of the text of `body_of`.
pub fn in_block(lines: &Lines, begins: &[usize], at: u64) -> Option<u64> {
    let line = begins.partition_point(|&begin| begin as u64 <= at).checked_sub(1)?;
    let span = lines.spans().get(line)?;
    let within = at - begins[line] as u64;
    (within <= u64::from(span.length)).then_some(u64::from(span.offset) + within)
}
