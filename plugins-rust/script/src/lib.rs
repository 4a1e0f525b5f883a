//! Runs scripts as plugins, with QuickJS-NG.
//!
//! A script is one or more files of JavaScript, which the host has read. Each worker of each kind has an interpreter of its
//! own, with limits of memory, stack and time. The language is all there is: QuickJS makes no system call for a script.
mod aggregator;
mod columns;
mod exporter;
mod failure;
mod filter;
mod imports;
mod interpreter;
mod law;
mod line;
mod module;
mod offer;
mod row_filter;
mod state;
mod time_zone;
mod transform;
mod watch;

use failure::Failure;
use interpreter::{Interpreter, Purpose, Running};
use line::written;
use module::Module;
use offer::Known;
use plughost::{Context, Error, Host, Plugin, Sink};
use std::ffi::{CStr, CString};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// The most memory of one interpreter, in bytes.
const MAX_MEMORY: usize = 64 << 20;
/// The most stack of a script, in bytes. The threads of the host have more.
const MAX_STACK: usize = 256 << 10;
/// The most processor time for one line, or for another call of a function. More than the default of `--call-timeout`, so
/// that an isolated script costs a line, like every plugin, and not the run.
const MAX_TIME: Duration = Duration::from_secs(15);

/// A script.
pub struct Script {
    module: Arc<Module>,
    host: Host,
    name: CString,
    /// What the script offers does not change, so each interpreter is compared with the first.
    declared: Known,
    /// Serves `run`.
    main: Mutex<Worker>,
    /// Interpreters whose states of an aggregator have ended. A host makes such a state for each thousand answers.
    idle: Arc<Mutex<Vec<Worker>>>,
    /// Whether the law of the aggregator was looked at.
    is_law_known: AtomicBool,
}

/// The state of one worker.
pub struct Worker {
    /// None after a final failure.
    interpreter: Option<Interpreter>,
    /// Whether the next call after a final failure gets a new interpreter. It would have forgotten the lines before.
    may_restart: bool,
}

impl Script {
    /// Makes a call with the interpreter of a worker.
    fn call<T>(
        &self,
        worker: &mut Worker,
        context: Option<&Context>,
        call: impl FnOnce(&Interpreter, &Running) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        if worker.interpreter.is_none() && worker.may_restart {
            worker.interpreter = self.worker(true)?.interpreter;
        }
        let Some(interpreter) = &worker.interpreter else {
            return Err(Failure::new(format!("{}: it was stopped in an earlier call", self.module.main)));
        };
        let answer = interpreter.call(context, |running| call(interpreter, running));
        if answer.as_ref().is_err_and(|failure| failure.is_final) {
            worker.interpreter = None;
        }
        answer
    }

    fn worker(&self, may_restart: bool) -> Result<Worker, Failure> {
        let interpreter = Interpreter::new(&self.module, &self.host, Purpose::Worker)?;
        if interpreter.offer().declared() != self.declared {
            return Err(Failure::new(format!("{}: it does not offer the same each time", self.module.main)));
        }
        Ok(Worker { interpreter: Some(interpreter), may_restart })
    }
}

impl Plugin for Script {
    const NAME: &'static CStr = c"Script";

    fn new(config: &[u8], host: Host) -> Result<Self, Error> {
        let module = Arc::new(Module::parse(config)?);
        let interpreter = Interpreter::new(&module, &host, Purpose::Init).map_err(Failure::into_config_error)?;
        let name = CString::new(module.manifest.name.as_str())
            .map_err(|_| Error::config(format!("{}: the name in its manifest holds NUL", module.main)))?;
        let declared = interpreter.offer().declared();
        let main = Mutex::new(Worker { interpreter: Some(interpreter), may_restart: true });
        let (idle, is_law_known) = (Arc::default(), AtomicBool::new(false));
        Ok(Script { module, host, name, declared, main, idle, is_law_known })
    }

    fn name(&self) -> &CStr {
        &self.name
    }

    fn offers(&self, id: &CStr) -> bool {
        self.declared.extensions.iter().any(|offered| offered.as_bytes() == id.to_bytes())
    }

    fn run(&self, ctx: &Context, out: &mut Sink) -> Result<(), Error> {
        let mut worker = self.main.lock().unwrap_or_else(PoisonError::into_inner);
        let text = self.call(&mut worker, Some(ctx), |interpreter, running| match &interpreter.offer().run {
            Some(run) => written(running, &running.restore(run)?, "run", None),
            None => Ok(self.module.manifest.description.clone().into_bytes()),
        });
        out.put(text.map_err(Failure::into_error)?)
    }
}

plughost::export!(Script: Filter + Transform + Exporter + RowFilter + Aggregator, include_str!("manifest.json"));
