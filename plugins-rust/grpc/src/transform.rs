//! The transform of a program.
use crate::lane::{Answered, Lane};
use crate::question::{Place, Question};
use crate::wire::{Lines as Asked, Made};
use crate::Grpc;
use plughost::abi::{TRANSFORM_LINEWISE, TRANSFORM_ORDERED};
use plughost::{Changes, Context, Error, Lines, Output, Transform};

const APPLY: &str = "/plughost.v1.Transform/Apply";

/// What becomes of some lines: how many there are, and the text that replaces them.
enum Piece<'a> {
    Kept(usize),
    Dropped(usize),
    Replaced(usize, &'a [u8]),
}

/// Reads an answer. Returns nothing unless its pieces are whole lines, from the first to the last without a hole, and its
/// text is whole lines that are all used. `begins` has where each line begins, and `size` is that of all.
fn pieces_of<'a>(made: &'a Made, begins: &[usize], size: usize) -> Option<Vec<Piece<'a>>> {
    let (mut line, mut at, mut text) = (0, 0usize, made.text.as_slice());
    let mut numbers = made.pieces.iter().copied();
    let mut pieces = Vec::new();
    while let Some(piece) = numbers.next() {
        at = at.checked_add(usize::try_from(piece / 4).ok()?)?;
        let next = if at == size { begins.len() } else { begins.binary_search(&at).ok()? };
        if next <= line {
            return None;
        }
        pieces.push(match piece % 4 {
            0 => Piece::Kept(next - line),
            1 => Piece::Dropped(next - line),
            2 => {
                let (replacement, rest) = text.split_at_checked(usize::try_from(numbers.next()?).ok()?)?;
                if !(replacement.is_empty() || replacement.ends_with(b"\n")) {
                    return None;
                }
                text = rest;
                Piece::Replaced(next - line, replacement)
            }
            _ => return None,
        });
        line = next;
    }
    (line == begins.len() && text.is_empty()).then_some(pieces)
}

/// Returns where each line begins in a text of these lines alone, and the size of that.
fn joined(places: &[Place]) -> (Vec<usize>, usize) {
    let mut size = 0;
    let begin = |&(begin, end): &Place| {
        size += end - begin;
        size - (end - begin)
    };
    let begins = places.iter().map(begin).collect();
    (begins, size)
}

const BROKEN: &str = "its answer is not about the lines that it was asked about";

fn replace(output: &mut Output, text: &[u8]) -> Result<(), Error> {
    output.drop_line();
    let lines = text.strip_suffix(b"\n").map(|text| text.split(|&byte| byte == b'\n'));
    lines.into_iter().flatten().try_for_each(|line| output.put_line(line))
}

impl Transform for Grpc {
    type State = Lane<Asked, Made>;

    fn ordered(&self) -> bool {
        let flags = self.described.transform.unwrap_or_default();
        flags & TRANSFORM_ORDERED != 0 || flags & TRANSFORM_LINEWISE == 0
    }

    fn state(&self) -> Result<Self::State, Error> {
        self.lane(APPLY)
    }

    fn transform(&self, lane: &mut Self::State, line: &[u8], out: &mut Output) -> Result<(), Error> {
        let Answered { answer: made, .. } = lane.ask(None, &Question::Line { line }, |lines| lines)?;
        let Some(pieces) = pieces_of(&made, &[0], line.len() + 1) else { return Err(lane.broken(BROKEN)) };
        match pieces.first() {
            Some(Piece::Dropped(_)) => out.drop_line(),
            Some(Piece::Replaced(_, text)) => replace(out, text)?,
            Some(Piece::Kept(_)) | None => {}
        }
        Ok(())
    }

    fn transform_batch(
        &self,
        lane: &mut Self::State,
        ctx: &Context,
        lines: &Lines,
        changes: &mut Changes,
    ) -> Result<(), Error> {
        let question = Question::Lines { lines };
        let Answered { answer: made, in_window } = lane.ask(Some(ctx), &question, |lines| lines)?;
        let (begins, size) = joined(&question.places(in_window));
        let Some(pieces) = pieces_of(&made, &begins, size) else { return Err(lane.broken(BROKEN)) };
        let mut line = 0;
        for piece in pieces {
            line += match piece {
                Piece::Kept(count) => count,
                Piece::Dropped(count) => {
                    (line..line + count).for_each(|i| changes.of(i).drop_line());
                    count
                }
                Piece::Replaced(count, text) => {
                    replace(&mut changes.of(line), text)?;
                    (line + 1..line + count).for_each(|i| changes.of(i).drop_line());
                    count
                }
            };
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(pieces: &[u64], text: &[u8]) -> Option<usize> {
        let made = Made { pieces: pieces.to_vec(), text: text.to_vec(), ..Made::default() };
        pieces_of(&made, &[0, 2, 5], 9).map(|pieces| pieces.len())
    }

    #[test]
    fn pieces_are_whole_lines_without_a_hole() {
        assert_eq!(count(&[36], b""), Some(1));
        assert_eq!(count(&[8, 13, 18, 2], b"x\n"), Some(3));
        assert_eq!(count(&[8, 30, 0], b""), Some(2));
        assert_eq!(count(&[8, 30, 4], b"x\ny\n"), Some(2));
    }

    #[test]
    fn everything_else_is_refused() {
        for (pieces, text) in [
            (&[][..], &b""[..]),
            (&[32], b""),
            (&[40], b""),
            (&[4, 32], b""),
            (&[0, 36], b""),
            (&[39], b""),
            (&[38], b""),
            (&[38, 2], b"x"),
            (&[38, 1], b"x"),
            (&[38, 2], b"x\ny\n"),
            (&[36], b"x\n"),
            (&[36, 0], b""),
            (&[u64::MAX], b""),
            (&[38, u64::MAX], b"x\n"),
        ] {
            assert_eq!(count(pieces, text), None, "{pieces:?}");
        }
    }
}
