//! Lines that the program is asked about.
use plughost::Lines;

/// The bytes from the first to before the second offset.
pub type Place = (usize, usize);

pub enum Question<'a> {
    /// No lines.
    Nothing,
    /// Whole lines, one after the other.
    /// They begin at `from` of their block.
    Text { text: &'a [u8], from: usize },
    /// A line without its newline.
    Line { line: &'a [u8] },
    /// Lines of one block.
    Lines { lines: &'a Lines<'a> },
}

impl<'a> Question<'a> {
    /// Returns the lines as parts of a text that has them all, each with a newline. Only the last line of a block may have
    /// none.
    pub fn parts(&self) -> Vec<&'a [u8]> {
        match *self {
            Question::Nothing => Vec::new(),
            Question::Text { text, .. } => vec![text],
            Question::Line { line } => vec![line, b"\n"],
            Question::Lines { lines } => lines.iter().flat_map(|line| [line, b"\n"]).collect(),
        }
    }

    /// Returns the bytes from the first line to the end of the last as they lie in their block. Nothing if the lines are
    /// other ones there, because a carriage return is taken off.
    pub fn window(&self) -> Option<&'a [u8]> {
        match *self {
            Question::Text { text, .. } => Some(text),
            Question::Lines { lines } => {
                let (block, spans) = (lines.block(), lines.spans());
                let begin = spans.first()?.offset as usize;
                let is_whole = |at: usize| at == block.len() || block[at] == b'\n';
                let (last, whole) = spans.iter().fold((begin, true), |(_, whole), span| {
                    let end = span.offset as usize + span.length as usize;
                    (end, whole && is_whole(end))
                });
                whole.then(|| &block[begin..(last + 1).min(block.len())])
            }
            Question::Nothing | Question::Line { .. } => None,
        }
    }

    /// Returns where each line lies, with its newline: in the window, or else in the text that the parts make. Of a text,
    /// nothing.
    pub fn places(&self, in_window: bool) -> Vec<Place> {
        match *self {
            Question::Nothing | Question::Text { .. } => Vec::new(),
            Question::Line { line } => vec![(0, line.len() + 1)],
            Question::Lines { lines } if in_window => {
                let (size, spans) = (lines.block().len(), lines.spans());
                let base = spans.first().map_or(0, |span| span.offset as usize);
                let place = |begin: usize, length: usize| (begin - base, (begin + length + 1).min(size) - base);
                spans.iter().map(|span| place(span.offset as usize, span.length as usize)).collect()
            }
            Question::Lines { lines } => {
                let place = |at: &mut usize, line: &[u8]| {
                    let begin = *at;
                    *at += line.len() + 1;
                    Some((begin, *at))
                };
                lines.iter().scan(0, place).collect()
            }
        }
    }

    /// Returns where in the block a byte is that the program names, in the window or in what the parts make.
    pub fn in_block(&self, at: u64, in_window: bool) -> Option<u64> {
        match *self {
            Question::Nothing => None,
            Question::Text { from, .. } => at.checked_add(from as u64),
            Question::Line { .. } => Some(at),
            Question::Lines { lines } => {
                let line = self.places(in_window).partition_point(|&(_, end)| end as u64 <= at);
                lines.spans().get(line).map(|span| u64::from(span.offset))
            }
        }
    }

    /// Returns where the first line begins in the input.
    pub fn offset(&self) -> u64 {
        match *self {
            Question::Lines { lines } if !lines.spans().is_empty() => lines.offset(0),
            _ => 0,
        }
    }
}

/// Returns ascending places as the wire has them: gap, length, gap, length. Neighbours are one range; a single range of
/// everything is left out.
pub fn gaps_of(places: &[Place], size: usize) -> Vec<u32> {
    let mut gaps: Vec<u32> = Vec::new();
    let mut at = 0;
    for &(begin, end) in places {
        match gaps.last_mut() {
            Some(length) if begin == at => *length += (end - begin) as u32,
            _ => gaps.extend([(begin - at) as u32, (end - begin) as u32]),
        }
        at = end;
    }
    if gaps == [0, size as u32] {
        gaps.clear();
    }
    gaps
}

/// Reads ranges as the wire has them. Returns nothing when one of them is empty or ends after `size`.
pub fn ranges_in(gaps: &[u32], size: usize) -> Option<Vec<Place>> {
    let mut ranges = Vec::with_capacity(gaps.len() / 2);
    let mut at = 0usize;
    for pair in gaps.chunks(2) {
        let &[gap, length] = pair else { return None };
        let begin = at.checked_add(gap as usize)?;
        at = begin.checked_add(length as usize)?;
        if length == 0 || at > size {
            return None;
        }
        ranges.push((begin, at));
    }
    Some(ranges)
}

/// Returns the first and the last of the lines that a range consists of; nothing unless it is whole lines.
pub fn lines_of((begin, end): Place, places: &[Place]) -> Option<(usize, usize)> {
    let first = places.binary_search_by_key(&begin, |place| place.0).ok()?;
    let last = places.binary_search_by_key(&end, |place| place.1).ok()?;
    let has_no_hole = || places[first..=last].windows(2).all(|pair| pair[0].1 == pair[1].0);
    (first <= last && has_no_hole()).then_some((first, last))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_become_gaps_and_come_back() {
        for (places, size, gaps) in [
            (&[][..], 0, &[][..]),
            (&[(0, 3), (3, 5)], 5, &[]),
            (&[(0, 3), (3, 5)], 9, &[0, 5]),
            (&[(2, 3), (3, 5), (8, 9)], 9, &[2, 3, 3, 1]),
        ] {
            assert_eq!(gaps_of(places, size), gaps, "{places:?}");
        }
        assert_eq!(ranges_in(&[2, 3, 3, 1], 9), Some(vec![(2, 5), (8, 9)]));
        for gaps in [&[0][..], &[0, 0], &[0, 10], &[8, 1, 0, 1], &[u32::MAX, u32::MAX]] {
            assert_eq!(ranges_in(gaps, 9), None, "{gaps:?}");
        }
    }

    #[test]
    fn a_range_is_whole_lines_without_a_hole() {
        let places = [(0, 2), (2, 5), (7, 9)];
        assert_eq!(lines_of((0, 2), &places), Some((0, 0)));
        assert_eq!(lines_of((0, 5), &places), Some((0, 1)));
        assert_eq!(lines_of((7, 9), &places), Some((2, 2)));
        for range in [(0, 1), (1, 2), (0, 9), (2, 9), (5, 7), (7, 8), (2, 2), (7, 5)] {
            assert_eq!(lines_of(range, &places), None, "{range:?}");
        }
    }
}
