//! What the host hands over: a module, the name of its plugin, and its options; and the machine code made of it.
use crate::instance::Limits;
use crate::{MAX_STACK, RESERVED};
use base64::prelude::{Engine as _, BASE64_STANDARD};
use plughost::abi::status;
use plughost::{Error, Level};
use serde::Deserialize;
use serde_json::value::RawValue;
use wasmtime::{Caller, Config, Engine, Extern, InstancePre, Linker, OperatorCost, Trap};

/// The configuration of `init`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Handed<'a> {
    #[serde(borrow)]
    module: File<'a>,
    #[serde(borrow)]
    config: &'a RawValue,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File<'a> {
    /// The name in the manifest, which the host has read and checked.
    plugin: String,
    base64: &'a str,
}

/// A module that was compiled.
pub struct Module {
    pub plugin: String,
    /// The options, as JSON.
    pub options: String,
    pub code: InstancePre<Limits>,
}

impl Module {
    pub fn compile(config: &[u8]) -> Result<Self, Error> {
        let handed: Handed = serde_json::from_slice(config)
            .map_err(|error| unfit(format!("this is an adapter, which runs WebAssembly modules: {error}")))?;
        let bytes = BASE64_STANDARD
            .decode(handed.module.base64)
            .map_err(|error| unfit(format!("it is not base64: {error}")))?;
        let engine = engine().map_err(unfit)?;
        let module = wasmtime::Module::new(&engine, bytes).map_err(|error| unfit(format!("{error:#}")))?;
        for import in module.imports() {
            if import.module() != "plughost" || !["log", "now_ns"].contains(&import.name()) {
                let (module, name) = (import.module(), import.name());
                return Err(unfit(format!(
                    "it imports {module:?} {name:?}, and there is nothing to import but \"plughost\" \"log\" and \"now_ns\""
                )));
            }
        }
        let code = linker(&engine).and_then(|linker| linker.instantiate_pre(&module));
        let code = code.map_err(|error| unfit(format!("{error:#}")))?;
        Ok(Module { plugin: handed.module.plugin, options: handed.config.get().to_string(), code })
    }
}

/// The error for a module that can be no plugin. The host tells it by its status from an error of the plugin's own `init`.
pub fn unfit(reason: impl ToString) -> Error {
    Error::of_status(status::ABI, reason.to_string())
}

fn engine() -> wasmtime::Result<Engine> {
    let mut config = Config::new();
    config
        // Handlers of signals would meet those of the host and the tracer of a runner.
        .signals_based_traps(false)
        // An epoch would need a thread, which no sandbox allows.
        .consume_fuel(true)
        .operator_cost(costs())
        .max_wasm_stack(MAX_STACK)
        // Little address space is reserved, because a runner has a limit of it. A memory that needs more moves.
        .memory_reservation(RESERVED)
        .memory_reservation_for_growth(RESERVED)
        .memory_guard_size(0)
        .guard_before_linear_memory(false)
        .memory_may_move(true)
        // No sandbox allows memfd_create.
        .memory_init_cow(false)
        .wasm_memory64(false)
        .wasm_multi_memory(false)
        // Its results depend on the processor.
        .wasm_relaxed_simd(false);
    Engine::new(&config)
}

/// Returns the cost of each operator in instructions. Those that take much longer than the others cost more.
fn costs() -> OperatorCost {
    OperatorCost { MemoryGrow: u8::MAX, TableGrow: u8::MAX, ..OperatorCost::new() }
}

/// What the functions of the host cost, in instructions.
const LOG_COST: u64 = 5_000;
const CLOCK_COST: u64 = 200;

fn pay(caller: &mut Caller<Limits>, cost: u64) -> wasmtime::Result<()> {
    let left = caller.get_fuel()?.checked_sub(cost).ok_or(Trap::OutOfFuel)?;
    caller.set_fuel(left)
}

/// The most bytes of a logged text. The host cuts it there too.
const MAX_LOGGED: usize = 4096;

/// Returns what a module may import.
fn linker(engine: &Engine) -> wasmtime::Result<Linker<Limits>> {
    let mut linker = Linker::new(engine);
    linker.func_wrap("plughost", "log", |mut caller: Caller<Limits>, level: u32, text: u32, len: u32| {
        pay(&mut caller, LOG_COST)?;
        let Some(Extern::Memory(memory)) = caller.get_export("memory") else {
            return Err(wasmtime::Error::msg("it exports no memory"));
        };
        let (bytes, data) = memory.data_and_store_mut(&mut caller);
        let text = (text as usize).checked_add(len as usize).and_then(|end| bytes.get(text as usize..end));
        let text = text.ok_or_else(|| wasmtime::Error::msg("it logs a text outside of its memory"))?;
        data.log(level_of(level), &text[..text.len().min(MAX_LOGGED)]);
        Ok(())
    })?;
    linker.func_wrap("plughost", "now_ns", |mut caller: Caller<Limits>| {
        pay(&mut caller, CLOCK_COST)?;
        Ok(caller.data().host().now_ns())
    })?;
    Ok(linker)
}

fn level_of(level: u32) -> Level {
    match level {
        0 => Level::Debug,
        2 => Level::Warning,
        3 => Level::Error,
        _ => Level::Info,
    }
}
