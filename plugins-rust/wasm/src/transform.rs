//! The transform of a module.
use crate::instance::{Instance, Kind};
use crate::request::{pieces, whole, Layout, Piece};
use crate::{Wasm, Worker};
use plughost::{abi, Changes, Context, Error, Lines, Output, Transform};

impl Transform for Wasm {
    type State = Worker;

    fn ordered(&self) -> bool {
        self.is_ordered(Kind::Transform)
    }

    fn state(&self) -> Result<Worker, Error> {
        self.worker(Kind::Transform)
    }

    fn transform(&self, worker: &mut Worker, line: &[u8], out: &mut Output) -> Result<(), Error> {
        worker.call(None, |instance| {
            transform_piece(instance, &Piece::of_line(line, &whole(line)), |_, made| replace(out, made))
        })
    }

    fn transform_batch(
        &self,
        worker: &mut Worker,
        ctx: &Context,
        lines: &Lines,
        changes: &mut Changes,
    ) -> Result<(), Error> {
        worker.call(Some(ctx), |instance| {
            for piece in pieces(lines) {
                if ctx.cancelled() {
                    return Err(Error::cancelled());
                }
                transform_piece(instance, &piece, |line, made| replace(&mut changes.of(piece.first + line), made))?;
            }
            Ok(())
        })
    }
}

/// Replaces a line by whole lines, of which there may be none.
fn replace(out: &mut Output, made: &[u8]) -> Result<(), Error> {
    match made.split_last() {
        None => {
            out.drop_line();
            Ok(())
        }
        Some((b'\n', lines)) => out.put_line(lines),
        Some(_) => Err(Error::broken("transform wrote a line without its newline")),
    }
}

/// Passes the lines of a piece. `change` gets the index of each line in the piece that changes, and what replaces it.
fn transform_piece(
    instance: &mut Instance,
    piece: &Piece,
    mut change: impl FnMut(usize, &[u8]) -> Result<(), Error>,
) -> Result<(), Error> {
    let size = 4 * piece.count();
    let mut layout = Layout::default();
    let (parts, lengths) = (piece.lay_out(&mut layout), layout.add(size));
    let mut request = instance.request(layout)?;
    let placed = piece.put(&mut request, parts);
    request.fill(lengths, size, 0xff);
    let lengths = request.address(lengths);
    let call = instance.functions.transform_batch.clone();
    let status =
        instance.call(&call, (placed.block, placed.len, placed.spans, placed.origins, placed.count, lengths))?;
    instance.check("transform_batch", status, Some(piece.base as u64))?;
    let mut output = instance.output()?;
    for (line, length) in instance.bytes(lengths, size as u32)?.chunks_exact(4).enumerate() {
        let length = u32::from_le_bytes(length.try_into().unwrap_or_default());
        if length == abi::TRANSFORM_SAME {
            continue;
        }
        let parts = output.split_at_checked(length as usize);
        let (made, rest) = parts.ok_or_else(|| Error::broken("transform wrote less than its lengths say"))?;
        change(line, made)?;
        output = rest;
    }
    match output {
        [] => Ok(()),
        _ => Err(Error::broken("transform wrote more than its lengths say")),
    }
}
