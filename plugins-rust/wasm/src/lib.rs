//! Runs WebAssembly modules as plugins, with Wasmtime.
//!
//! The host has read the module. Each worker of each kind has an instance of its own, with limits of memory, stack and
//! instructions. A module has no system calls to make: it may import two functions of the host, and no others.
mod exporter;
mod filter;
#[cfg(test)]
mod hostile;
mod instance;
mod module;
mod request;
mod transform;

use instance::{Instance, Kind, Offer};
use module::{unfit, Module};
use plughost::abi::{self, status};
use plughost::{Context, Error, Host, Plugin, Sink};
use std::ffi::{CStr, CString};
use std::sync::{Mutex, PoisonError};

/// The most memory of one instance, in bytes.
const MAX_MEMORY: usize = 128 << 20;
/// Address space that is reserved for the memory of an instance, and again each time it has grown beyond that, in bytes.
const RESERVED: u64 = 32 << 20;
/// The most stack of a call, in bytes. The threads of the host have more.
const MAX_STACK: usize = 256 << 10;
/// The most instructions of a call. They take longer than the default of `--call-timeout`, so that an isolated module costs a
/// line, like every plugin.
const MAX_FUEL: u64 = if cfg!(test) { 100_000_000 } else { 40_000_000_000 };

/// The plugin of a module.
pub struct Wasm {
    module: Module,
    host: Host,
    name: CString,
    /// It does not change, so each instance is compared with the first.
    offer: Offer,
    /// The instance that said what it offers, until somebody needs one.
    spare: Mutex<Option<Instance>>,
}

/// The state of one worker.
pub struct Worker {
    /// None after a call that did not return.
    instance: Option<Instance>,
}

impl Worker {
    /// Makes calls of the worker's instance.
    fn call<T>(
        &mut self,
        ctx: Option<&Context>,
        call: impl FnOnce(&mut Instance) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let Some(instance) = &mut self.instance else {
            return Err(Error::broken("it was stopped in an earlier call"));
        };
        let answer = match ctx.map(|ctx| instance.set_context(ctx)) {
            Some(Err(error)) => Err(error),
            _ => call(instance),
        };
        if answer.as_ref().is_err_and(|error| error.code() == status::PANIC) {
            self.instance = None;
        }
        answer
    }
}

impl Wasm {
    fn flags(&self, kind: Kind) -> Option<u32> {
        self.offer.flags[kind as usize]
    }

    /// Returns whether a kind that is no exporter wants all lines in input order, by one worker.
    fn is_ordered(&self, kind: Kind) -> bool {
        let flags = self.flags(kind).unwrap_or(0);
        flags & abi::FILTER_LINEWISE == 0 || flags & abi::FILTER_ORDERED != 0
    }

    fn instance(&self) -> Result<Instance, Error> {
        let spare = self.spare.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(instance) = spare {
            return Ok(instance);
        }
        let mut instance = Instance::new(&self.module, &self.host, true)?;
        match instance.offer()? == self.offer {
            true => Ok(instance),
            false => Err(Error::internal("it does not offer the same each time")),
        }
    }

    fn worker(&self, kind: Kind) -> Result<Worker, Error> {
        let mut instance = self.instance()?;
        instance.serve(kind)?;
        Ok(Worker { instance: Some(instance) })
    }
}

impl Plugin for Wasm {
    const NAME: &'static CStr = c"WebAssembly";

    fn new(config: &[u8], host: Host) -> Result<Self, Error> {
        let module = Module::compile(config)?;
        let name = CString::new(module.plugin.as_str()).map_err(|_| unfit("the name in its manifest holds NUL"))?;
        let mut instance = Instance::new(&module, &host, false)?;
        let offer = instance.offer()?;
        Ok(Wasm { module, host, name, offer, spare: Mutex::new(Some(instance)) })
    }

    fn name(&self) -> &CStr {
        &self.name
    }

    fn offers(&self, id: &CStr) -> bool {
        let ids =
            [(Kind::Filter, abi::FILTER_ID), (Kind::Transform, abi::TRANSFORM_ID), (Kind::Exporter, abi::EXPORTER_ID)];
        ids.iter().any(|&(kind, known)| known == id && self.flags(kind).is_some())
    }

    fn run(&self, ctx: &Context, out: &mut Sink) -> Result<(), Error> {
        let mut worker = Worker { instance: Some(self.instance()?) };
        worker.call(Some(ctx), |instance| {
            let run = instance.functions.run.clone();
            let status = instance.call(&run, ())?;
            instance.check("run", status, None)?;
            out.put(instance.output()?)
        })
    }
}

plughost::export!(Wasm: Filter + Transform + Exporter, include_str!("manifest.json"));
