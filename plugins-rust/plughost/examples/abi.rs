//! Prints the layout of the structs in [`plughost::abi`], in the form of `abi.lock`.
use plughost::abi::*;
use std::mem::{align_of, offset_of, size_of};

fn size_of_field<S, F>(_: fn(&S) -> &F) -> usize {
    size_of::<F>()
}

macro_rules! layout {
    ($c:ident = $rust:ident $(least $least:ident)? { $($field:ident $(= $name:literal)?),* $(,)? }) => {
        print!("struct {} size {} align {}", stringify!($c), size_of::<$rust>(), align_of::<$rust>());
        $(print!(" least {}", $least);)?
        println!();
        $(
            #[allow(unused_variables)]
            let name = stringify!($field);
            $(let name = $name;)?
            println!("  {name} offset {} size {}", offset_of!($rust, $field), size_of_field(|s: &$rust| &s.$field));
        )*
    };
}

fn main() {
    layout!(plug_bytes = Bytes { data, len });
    layout!(plug_span = Span { offset, length });
    layout!(
        plug_lines = Lines { size, count, spans, block, block_offset, input, reserved, origins, numbers, input_name }
    );
    layout!(plug_error = Error { size, code, offset, len, message });
    layout!(plug_sink = Sink { size, reserved, this = "self", write, reserve, commit });
    layout!(plug_ctx = Ctx { size, worker, cancel, deadline_ns });
    layout!(plug_host = Host { size, abi_major, abi_minor, this = "self", log, now_ns, extension });
    layout!(plug_plugin = Plugin least PLUGIN_LEAST {
        size, magic, abi_major, abi_minor, flags, reserved, this = "self", name, init, run, destroy, extension,
    });
    layout!(plug_column = Column { cells, valid });
    layout!(plug_field = Field { size, kind = "type", name, description });
    layout!(plug_schema = Schema { size, count, fields });
    layout!(plug_rows = Rows { size, count, lines, schema, columns, made });
    plughost::kinds!(layout);
}
