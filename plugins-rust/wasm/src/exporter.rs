//! The exporter of a module.
use crate::instance::{Functions, Instance, Kind};
use crate::request::{pieces, Layout, Piece};
use crate::{Wasm, Worker};
use plughost::{abi, Context, Error, Exporter, Lines, Sink};
use wasmtime::TypedFunc;

impl Exporter for Wasm {
    type State = Worker;
    const ROWWISE: bool = false;
    const BATCH: bool = true;

    fn rowwise(&self) -> bool {
        self.has(abi::EXPORTER_ROWWISE)
    }

    fn uses_numbers(&self) -> bool {
        self.has(abi::EXPORTER_NUMBERS)
    }

    fn uses_names(&self) -> bool {
        self.has(abi::EXPORTER_NAMES)
    }

    fn state(&self) -> Result<Worker, Error> {
        self.worker(Kind::Exporter)
    }

    fn begin(&self, worker: &mut Worker, ctx: &Context, out: &mut Sink) -> Result<(), Error> {
        worker.call(Some(ctx), |instance| edge(instance, "begin", |functions| &functions.begin, out))
    }

    fn write(&self, worker: &mut Worker, ctx: &Context, lines: &Lines, out: &mut Sink) -> Result<(), Error> {
        worker.call(Some(ctx), |instance| pieces(lines).try_for_each(|piece| write_piece(instance, &piece, lines, out)))
    }

    fn end(&self, worker: &mut Worker, ctx: &Context, out: &mut Sink) -> Result<(), Error> {
        worker.call(Some(ctx), |instance| edge(instance, "end", |functions| &functions.end, out))
    }
}

impl Wasm {
    fn has(&self, flag: u32) -> bool {
        self.flags(Kind::Exporter).is_some_and(|flags| flags & flag != 0)
    }
}

/// Lets the exporter write what stands before or after all lines.
fn edge(
    instance: &mut Instance,
    name: &str,
    function: impl FnOnce(&Functions) -> &TypedFunc<(), i32>,
    out: &mut Sink,
) -> Result<(), Error> {
    let function = function(&instance.functions).clone();
    let status = instance.call(&function, ())?;
    instance.check(name, status, None)?;
    out.put(instance.output()?)
}

fn write_piece(instance: &mut Instance, piece: &Piece, lines: &Lines, out: &mut Sink) -> Result<(), Error> {
    let count = piece.count();
    let (name, has_numbers) = (lines.input_name(), lines.number(piece.first).is_some());
    let mut layout = Layout::default();
    let parts = piece.lay_out(&mut layout);
    let (numbers, text) = (layout.add(8 * count), layout.add(name.map_or(0, <[u8]>::len).max(1)));
    let mut request = instance.request(layout)?;
    let placed = piece.put(&mut request, parts);
    request.put_numbers(numbers, (piece.first..piece.first + count).filter_map(|line| lines.number(line)));
    request.put(text, name.unwrap_or_default());
    let numbers = if has_numbers { request.address(numbers) } else { 0 };
    let text = if name.is_some() { request.address(text) } else { 0 };
    let call = instance.functions.write.clone();
    let crate::request::Placed { block, len, spans, origins, count } = placed;
    let name_len = name.map_or(0, <[u8]>::len) as u32;
    let status = instance.call(&call, (block, len, spans, origins, numbers, count, lines.input(), text, name_len))?;
    instance.check("write", status, Some(piece.base as u64))?;
    out.put(instance.output()?)
}
