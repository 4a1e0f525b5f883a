//! The filter of a program.
use crate::lane::{Answered, Lane};
use crate::question::{lines_of, ranges_in, Place, Question};
use crate::wire::{Kept, Lines as Asked};
use crate::Grpc;
use plughost::abi::{FILTER_LINEWISE, FILTER_ORDERED};
use plughost::{Context, Error, Filter, Found, Keep, Lines};

const MATCH: &str = "/plughost.v1.Filter/Match";

/// A worker's stream of requests, and the answer for the block that it is at.
pub struct Searched {
    lane: Lane<Asked, Kept>,
    /// The ranges of the block that are kept, as offsets in it, and which of them is next.
    kept: Vec<Place>,
    next: usize,
    /// Where the host goes on in the block; 0 if there is none.
    expected: usize,
}

const BROKEN: &str = "its answer has a range that is not whole lines of what it was asked about";

impl Searched {
    /// Asks which lines of a text are kept. Returns their ranges.
    fn ranges(&mut self, ctx: &Context, text: &[u8], from: usize) -> Result<Vec<Place>, Error> {
        let Answered { answer, .. } = self.lane.ask(Some(ctx), &Question::Text { text, from }, |lines| lines)?;
        let is_end = |at: usize| at == 0 || at == text.len() || text[at - 1] == b'\n';
        let ranges = ranges_in(&answer.ranges, text.len());
        let Some(ranges) = ranges.filter(|ranges| ranges.iter().all(|&(begin, end)| is_end(begin) && is_end(end)))
        else {
            return Err(self.lane.broken(BROKEN));
        };
        Ok(ranges)
    }

    /// Asks which of some lines are kept. Calls `keep` with the number of each.
    fn lines(&mut self, ctx: Option<&Context>, question: &Question, keep: impl FnMut(usize)) -> Result<(), Error> {
        let Answered { answer, in_window } = self.lane.ask(ctx, question, |lines| lines)?;
        let places = question.places(in_window);
        let size = places.last().map_or(0, |&(_, end)| end);
        let runs: Option<Vec<_>> = ranges_in(&answer.ranges, size)
            .and_then(|ranges| ranges.into_iter().map(|range| lines_of(range, &places)).collect());
        let Some(runs) = runs else { return Err(self.lane.broken(BROKEN)) };
        runs.into_iter().flat_map(|(first, last)| first..=last).for_each(keep);
        Ok(())
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

    /// The host then asks only about lines that have a literal.
    fn scans(&self) -> bool {
        self.literals.is_empty()
    }

    fn state(&self) -> Result<Searched, Error> {
        Ok(Searched { lane: self.lane(MATCH)?, kept: Vec::new(), next: 0, expected: 0 })
    }

    fn literal(&self, index: usize) -> Option<&[u8]> {
        self.literals.get(index).map(Vec::as_slice)
    }

    fn matches(&self, state: &mut Searched, line: &[u8]) -> Result<bool, Error> {
        let mut kept = false;
        state.lines(None, &Question::Line { line }, |_| kept = true)?;
        Ok(kept)
    }

    fn match_batch(&self, state: &mut Searched, ctx: &Context, lines: &Lines, keep: &mut Keep) -> Result<(), Error> {
        state.lines(Some(ctx), &Question::Lines { lines }, |line| keep.keep(line))
    }

    fn scan(&self, state: &mut Searched, ctx: &Context, block: &[u8], found: &mut Found) -> Result<(), Error> {
        let from = found.cursor();
        if from == 0 || from != state.expected {
            let rest = &block[from..];
            // Until the answer is there, what the state holds belongs to another block.
            state.expected = 0;
            state.kept = state.ranges(ctx, rest, from)?;
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
