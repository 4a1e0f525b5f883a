//! One instance of a module: a memory of its own, and the functions of native/include/plughost/wasm/module.c. What it
//! answers is checked before it is used.
use crate::module::{unfit, Module};
use crate::request::{Layout, Request};
use crate::{MAX_FUEL, MAX_MEMORY};
use plughost::abi::status;
use plughost::{Context, Error, Host, Level};
use wasmtime::{Memory, Store, StoreLimits, StoreLimitsBuilder, Trap, TypedFunc, WasmParams, WasmResults};

/// The most elements of a table: functions that are called by their addresses.
const MAX_TABLE: usize = 100_000;
/// The most bytes of a message in a `plug_error`, and the size of that struct.
const MAX_MESSAGE: usize = 492;
const ERROR_SIZE: u32 = 20 + MAX_MESSAGE as u32;

/// The most literals that a host takes.
const MAX_LITERALS: usize = 16;

/// A kind of plugin, by its number in module.c.
#[derive(Clone, Copy)]
pub enum Kind {
    Filter,
    Transform,
    Exporter,
}

/// What the plugin offers: the flags of each kind, if it offers it, and the literals of its filter.
#[derive(PartialEq, Eq)]
pub struct Offer {
    pub flags: [Option<u32>; 3],
    pub literals: Vec<Vec<u8>>,
}

/// Bits beside the flags of a filter.
pub const SCANS: u32 = 1 << 16;
pub const FINDS_SPANS: u32 = 1 << 17;

/// What belongs to an instance beside its memory.
pub struct Limits {
    host: Host,
    limits: StoreLimits,
    muted: bool,
}

impl Limits {
    pub fn host(&self) -> &Host {
        &self.host
    }

    pub fn log(&self, level: Level, text: &[u8]) {
        if !self.muted {
            self.host.log(level, &String::from_utf8_lossy(text));
        }
    }
}

/// An instance, which one thread at a time uses. Dropping it ends its memory as a whole.
pub struct Instance {
    pub functions: Functions,
    store: Store<Limits>,
    memory: Memory,
    /// Where the error and the output of the last call are.
    error: u32,
    output: u32,
    /// Memory for requests: its address and its size.
    room: (u32, u32),
}

macro_rules! functions {
    ($($name:ident: $params:ty => $results:ty,)*) => {
        /// The functions of the interface, version 1. A module exports each with the prefix `plughost_`.
        #[derive(Clone)]
        pub struct Functions {
            $(pub $name: TypedFunc<$params, $results>,)*
        }

        impl Functions {
            fn of(instance: &wasmtime::Instance, store: &mut Store<Limits>) -> Result<Self, Error> {
                $(let $name = {
                    let name = concat!("plughost_", stringify!($name));
                    instance.get_typed_func(&mut *store, name).map_err(|error| {
                        unfit(format!("it does not export {name} as module.c does: {error:#}"))
                    })?
                };)*
                Ok(Functions { $($name,)* })
            }
        }
    };
}

functions! {
    interface: () => u32,
    room: u32 => u32,
    error: () => u32,
    output: () => u32,
    context: (u32, u32, u64) => (),
    init: (u32, u32) => i32,
    offers: u32 => i32,
    literal: u32 => i32,
    start: u32 => i32,
    run: () => i32,
    match_batch: (u32, u32, u32, u32, u32, u32) => i32,
    scan: (u32, u32, u32, u32, u32) => i64,
    spans: (u32, u32) => i32,
    transform_batch: (u32, u32, u32, u32, u32, u32) => i32,
    begin: () => i32,
    write: (u32, u32, u32, u32, u32, u32, u32, u32, u32) => i32,
    end: () => i32,
}

impl Instance {
    /// Makes an instance and initialises its plugin. @muted: the host has shown what this logs before.
    pub fn new(module: &Module, host: &Host, muted: bool) -> Result<Self, Error> {
        let limits = StoreLimitsBuilder::new()
            .memory_size(MAX_MEMORY)
            .table_elements(MAX_TABLE)
            .instances(1)
            .memories(1)
            .tables(16)
            .build();
        let mut store = Store::new(module.code.module().engine(), Limits { host: host.clone(), limits, muted });
        store.limiter(|limits| &mut limits.limits);
        refuel(&mut store)?;
        let instance = module.code.instantiate(&mut store).map_err(|error| match error.is::<Trap>() {
            true => trapped(&error),
            false => unfit(format!("{error:#}")),
        })?;
        let memory = instance.get_memory(&mut store, "memory").ok_or_else(|| unfit("it exports no memory"))?;
        let functions = Functions::of(&instance, &mut store)?;
        let mut made = Instance { functions, store, memory, error: 0, output: 0, room: (0, 0) };
        // A module of C++ has constructors to run.
        if let Ok(initialize) = instance.get_typed_func::<(), ()>(&mut made.store, "_initialize") {
            made.call(&initialize, ())?;
        }
        made.start(&module.options)?;
        made.store.data_mut().muted = false;
        Ok(made)
    }

    fn start(&mut self, options: &str) -> Result<(), Error> {
        let Functions { interface, error, output, init, .. } = self.functions.clone();
        let version = self.call(&interface, ())?;
        if version != 1 {
            return Err(unfit(format!("it has version {version} of the interface, and this host has version 1")));
        }
        self.error = self.call(&error, ())?;
        self.output = self.call(&output, ())?;
        let mut layout = Layout::default();
        let config = layout.add(options.len());
        let mut request = self.request(layout)?;
        request.put(config, options.as_bytes());
        let config = request.address(config);
        let status = self.call(&init, (config, options.len() as u32))?;
        self.check("init", status, None)
    }

    /// Asks what the plugin offers.
    pub fn offer(&mut self) -> Result<Offer, Error> {
        let Functions { offers, literal, .. } = self.functions.clone();
        let mut flags = [None; 3];
        for kind in [Kind::Filter, Kind::Transform, Kind::Exporter] {
            flags[kind as usize] = self.call(&offers, kind as u32)?.try_into().ok();
        }
        let mut literals = Vec::new();
        // The host asks no further than one more than it takes.
        while literals.len() <= MAX_LITERALS {
            match self.call(&literal, literals.len() as u32)? {
                0 => break,
                1 => literals.push(self.output()?.to_vec()),
                other => self.check("literal", other, None)?,
            }
        }
        Ok(Offer { flags, literals })
    }

    /// Makes the state of the plugin for a kind. After that, the instance serves a worker of that kind.
    pub fn serve(&mut self, kind: Kind) -> Result<(), Error> {
        let start = self.functions.start.clone();
        let status = self.call(&start, kind as u32)?;
        self.check("state_new", status, None)
    }

    /// Sets the context of the calls that follow.
    pub fn set_context(&mut self, ctx: &Context) -> Result<(), Error> {
        let context = self.functions.context.clone();
        self.call(&context, (ctx.worker(), ctx.cancelled().into(), ctx.deadline_ns().unwrap_or(0)))
    }

    /// Calls a function of the module, which may take MAX_FUEL instructions. Its failure ends the instance.
    pub fn call<P: WasmParams, R: WasmResults>(&mut self, function: &TypedFunc<P, R>, params: P) -> Result<R, Error> {
        refuel(&mut self.store)?;
        function.call(&mut self.store, params).map_err(|error| trapped(&error))
    }

    /// Returns memory of the module for a request.
    pub fn request(&mut self, layout: Layout) -> Result<Request<'_>, Error> {
        let size = layout.size().ok_or_else(Error::no_memory)?;
        if size > self.room.1 || self.room.0 == 0 {
            let room = self.functions.room.clone();
            // Requests of several sizes follow each other. A little more keeps them from moving it each time.
            let size = size.max(1 << 16);
            self.room = (0, 0);
            let address = self.call(&room, size)?;
            if address == 0 {
                return Err(Error::of_status(status::NOMEM, format!("its memory has no room for {size} bytes")));
            }
            self.bytes(address, size)?;
            self.room = (address, size);
        }
        let (address, size) = self.room;
        let bytes = &mut self.memory.data_mut(&mut self.store)[address as usize..][..size as usize];
        Ok(Request::new(address, bytes))
    }

    /// Returns bytes of the module's memory.
    pub fn bytes(&self, address: u32, len: u32) -> Result<&[u8], Error> {
        let memory = self.memory.data(&self.store);
        let end = (address as usize).checked_add(len as usize);
        let bytes = end.and_then(|end| memory.get(address as usize..end));
        bytes.ok_or_else(|| Error::broken("it answered with an address outside of its memory"))
    }

    /// Returns a number of the module's memory.
    pub fn number<const SIZE: usize>(&self, address: u32) -> Result<[u8; SIZE], Error> {
        let bytes = self.bytes(address, SIZE as u32)?;
        bytes.try_into().map_err(|_| Error::broken("it answered with an address outside of its memory"))
    }

    /// Returns what the last call wrote.
    pub fn output(&self) -> Result<&[u8], Error> {
        let [data, len] =
            [self.number(self.output)?, self.number(self.output.wrapping_add(4))?].map(u32::from_le_bytes);
        match len {
            0 => Ok(&[]),
            _ => self.bytes(data, len),
        }
    }

    /// Turns the status of a call into a result. `base` is added to the offset of an error, if the call has one.
    pub fn check(&self, call: &str, status: i32, base: Option<u64>) -> Result<(), Error> {
        match status {
            0 => Ok(()),
            1.. => Err(Error::broken(format!("{call} returned {status}, which is neither success nor an error"))),
            _ => {
                let error = self.bytes(self.error, ERROR_SIZE)?;
                let offset = u64::from_le_bytes(self.number(self.error.wrapping_add(8))?);
                let len = u32::from_le_bytes(self.number(self.error.wrapping_add(16))?) as usize;
                let message = error[20..].get(..len);
                let message =
                    message.ok_or_else(|| Error::broken(format!("the message of its error has {len} bytes")))?;
                let error = Error::of_status(status, String::from_utf8_lossy(message));
                Err(match base.and_then(|base| base.checked_add(offset)) {
                    Some(offset) if offset != u64::MAX => error.at(offset),
                    _ => error,
                })
            }
        }
    }
}

fn refuel(store: &mut Store<Limits>) -> Result<(), Error> {
    store.set_fuel(MAX_FUEL).map_err(|error| Error::internal(error.to_string()))
}

/// Returns the error of a call that did not return. The instance must not be used any more.
fn trapped(error: &wasmtime::Error) -> Error {
    Error::broken(match error.downcast_ref::<Trap>() {
        Some(Trap::OutOfFuel) => {
            format!("it was stopped after {} million instructions in one call", MAX_FUEL / 1_000_000)
        }
        Some(Trap::StackOverflow) => "it trapped: its calls are nested too deep".into(),
        Some(trap) => format!("it trapped: {}", trap.to_string().trim_start_matches("wasm trap: ")),
        None => format!("{error:#}"),
    })
}
