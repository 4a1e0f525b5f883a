//! The filter of a program.
use crate::lane::Lane;
use crate::wire::{Kept, Lines as Asked};
use crate::Grpc;
use plughost::abi::{FILTER_LINEWISE, FILTER_ORDERED};
use plughost::{Context, Error, Filter, Found, Keep, Lines};

const MATCH: &str = "/plughost.v1.Filter/Match";

/// A worker's stream of requests, and the answer for the block that it is at.
pub struct Searched {
    lane: Lane<Asked, Kept>,
    /// The ranges of the block that are kept, as offsets in it, and which of them is next.
    kept: Vec<(usize, usize)>,
    next: usize,
    /// Where the host goes on in the block; 0 if there is none.
    expected: usize,
}

impl Searched {
    /// Asks which of the lines are kept. Returns their ranges in the text that the parts make, checked.
    fn ask(
        &mut self,
        ctx: Option<&Context>,
        parts: &[&[u8]],
        offset: u64,
        is_begin: impl Fn(usize) -> bool,
    ) -> Result<Vec<(usize, usize)>, Error> {
        let size = parts.iter().map(|part| part.len()).sum::<usize>();
        let answer = self.lane.ask(ctx, parts, offset, |lines| lines)?;
        let mut ranges = Vec::with_capacity(answer.ranges.len() / 2);
        let mut at = 0usize;
        for pair in answer.ranges.chunks(2) {
            let &[gap, length] = pair else { self.lane.broken("its answer has a gap without a length") };
            let begin = at.saturating_add(gap as usize);
            let end = begin.saturating_add(length as usize);
            if length == 0 || end > size || !is_begin(begin) || !(end == size || is_begin(end)) {
                self.lane.broken("its answer has a range that is not whole lines of what it was asked about");
            }
            ranges.push((begin, end));
            at = end;
        }
        Ok(ranges)
    }
}

impl Filter for Grpc {
    type State = Searched;
    const BATCH: bool = true;
    const SCAN: bool = true;

    fn ordered(&self) -> bool {
        let flags = self.described.filter.unwrap_or_default();
        flags & FILTER_ORDERED != 0 || flags & FILTER_LINEWISE == 0
    }

    fn state(&self) -> Result<Searched, Error> {
        Ok(Searched { lane: self.lane(MATCH)?, kept: Vec::new(), next: 0, expected: 0 })
    }

    fn literal(&self, index: usize) -> Option<&[u8]> {
        self.literals.get(index).map(Vec::as_slice)
    }

    fn matches(&self, state: &mut Searched, line: &[u8]) -> Result<bool, Error> {
        Ok(!state.ask(None, &[line, b"\n"], 0, |at| at == 0)?.is_empty())
    }

    fn match_batch(&self, state: &mut Searched, ctx: &Context, lines: &Lines, keep: &mut Keep) -> Result<(), Error> {
        let parts: Vec<&[u8]> = lines.iter().flat_map(|line| [line, b"\n"]).collect();
        let begins = begins_of(lines);
        for (begin, end) in state.ask(Some(ctx), &parts, lines.offset(0), |at| begins.binary_search(&at).is_ok())? {
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
            state.kept = state.ask(Some(ctx), &[rest], 0, |at| at == 0 || rest[at - 1] == b'\n')?;
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

/// Returns where each line begins in a text that holds all of them, each with a newline.
pub fn begins_of(lines: &Lines) -> Vec<usize> {
    let begins = lines.iter().scan(0, |at, line| {
        let begin = *at;
        *at += line.len() + 1;
        Some(begin)
    });
    begins.collect()
}
