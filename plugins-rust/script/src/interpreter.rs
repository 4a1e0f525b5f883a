//! One interpreter: a script that was evaluated, and its functions. Each worker has its own.
use crate::failure::{shown, Failure};
use crate::imports::Imports;
use crate::module::Module;
use crate::offer::Offer;
use crate::watch::Watch;
use crate::{MAX_MEMORY, MAX_STACK, MAX_TIME};
use plughost::{Host, Level};
use rquickjs::context::intrinsic;
use rquickjs::prelude::{Rest, This};
use rquickjs::{Array, Context, Ctx, Exception, Function, Object, Persistent, Runtime, Value};
use std::cell::RefCell;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::Arc;

const PRELUDE: &str = include_str!("prelude.js");

/// What an interpreter is made for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// To find out what the script offers. The host shows what the script logs meanwhile.
    Init,
    /// To work on lines. What the script logs while it is evaluated is the same again, so the host does not show it.
    Worker,
}

/// An interpreter of QuickJS. It offers the language alone: no files, network, timers or clocks but `Date`.
pub struct Interpreter {
    // Dropped in this order: QuickJS aborts when values outlive their runtime.
    offer: Offer,
    well_formed: Persistent<Function<'static>>,
    /// What calls leave here for later ones: the states of groups.
    kept: RefCell<Persistent<Array<'static>>>,
    context: Context,
    runtime: Runtime,
    module: Arc<Module>,
    watch: Arc<Watch>,
}

// SAFETY: QuickJS is bound to no thread; `Context::with` tells it where the stack of the thread begins. All values belong to this
// interpreter, and only the thread that has it uses or drops them.
unsafe impl Send for Interpreter {}

/// A function of the script, with the object that it is a method of.
#[derive(Clone)]
pub struct Method {
    pub object: Persistent<Object<'static>>,
    pub function: Persistent<Function<'static>>,
}

/// The same during a call.
pub struct Bound<'js> {
    object: Object<'js>,
    pub function: Function<'js>,
}

/// An interpreter during a call of the host.
pub struct Running<'a, 'js> {
    pub js: Ctx<'js>,
    pub module: &'a Module,
    watch: &'a Watch,
    well_formed: &'a Persistent<Function<'static>>,
}

impl Interpreter {
    /// Evaluates a script in a new interpreter.
    pub fn new(module: &Arc<Module>, host: &Host, purpose: Purpose) -> Result<Self, Failure> {
        let watch = Watch::new();
        let outside = |error: rquickjs::Error| Failure::new(format!("{}: {error}", module.main));
        let runtime = Runtime::new().map_err(outside)?;
        runtime.set_max_stack_size(MAX_STACK);
        let clock = {
            let host = host.clone();
            move || host.now_ns()
        };
        runtime.set_interrupt_handler(Some(watch.handler(MAX_TIME, clock)));
        runtime.set_loader(Imports(module.clone()), Imports(module.clone()));
        let context = Context::builder()
            .with::<intrinsic::Date>()
            .with::<intrinsic::Eval>()
            .with::<intrinsic::RegExpCompiler>()
            .with::<intrinsic::RegExp>()
            .with::<intrinsic::Json>()
            .with::<intrinsic::Proxy>()
            .with::<intrinsic::MapSet>()
            .with::<intrinsic::TypedArrays>()
            .with::<intrinsic::Promise>()
            .build(&runtime)
            .map_err(outside)?;
        // QuickJS does not check all allocations while it makes a context, so the limit holds from here on.
        runtime.set_memory_limit(MAX_MEMORY);
        let evaluate = |js: Ctx| -> Result<_, Failure> {
            let caught = |error| Failure::of(&js, error, module, &watch, None);
            let well_formed: Function = js.eval(PRELUDE).map_err(caught)?;
            let well_formed = Persistent::save(&js, well_formed);
            let muted = Arc::new(AtomicBool::new(purpose == Purpose::Worker));
            let running = Running { js: js.clone(), module, watch: &watch, well_formed: &well_formed };
            let offer = Offer::of(&running, host_object(&js, host, &muted).map_err(caught)?)?;
            muted.store(false, Relaxed);
            let kept = RefCell::new(Persistent::save(&js, Array::new(js.clone()).map_err(caught)?));
            Ok((offer, well_formed, kept))
        };
        let (offer, well_formed, kept) = watch.during(None, || context.with(evaluate))?;
        let interpreter = Interpreter { offer, well_formed, kept, context, runtime, module: module.clone(), watch };
        interpreter.check_end()?;
        Ok(interpreter)
    }

    pub fn offer(&self) -> &Offer {
        &self.offer
    }

    /// Makes a call of the host, which `context` may cancel. After a failure that is final, the interpreter must not be used.
    pub fn call<T>(
        &self,
        context: Option<&plughost::Context>,
        call: impl FnOnce(&Running) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let answer = self.watch.during(context, || {
            self.context.with(|js| {
                call(&Running { js, module: &self.module, watch: &self.watch, well_formed: &self.well_formed })
            })
        })?;
        self.check_end()?;
        Ok(answer)
    }

    /// Returns the array of what is kept between calls.
    pub fn kept<'js>(&self, running: &Running<'_, 'js>) -> Result<Array<'js>, Failure> {
        self.kept.borrow().clone().restore(&running.js).map_err(|error| running.caught(error))
    }

    /// Keeps nothing any more.
    pub fn forget(&self, running: &Running) -> Result<(), Failure> {
        let empty = Array::new(running.js.clone()).map_err(|error| running.caught(error))?;
        self.kept.replace(Persistent::save(&running.js, empty));
        Ok(())
    }

    /// Checks that nothing is left to do. Nothing would ever do it.
    fn check_end(&self) -> Result<(), Failure> {
        if !self.runtime.is_job_pending() {
            return Ok(());
        }
        let main = &self.module.main;
        let message = format!("{main}: it started asynchronous work, such as a promise, and nothing waits for that");
        Err(Failure::finally(message))
    }
}

impl<'js> Running<'_, 'js> {
    /// Returns the failure of a call of QuickJS.
    pub fn caught(&self, error: rquickjs::Error) -> Failure {
        Failure::of(&self.js, error, self.module, self.watch, None)
    }

    pub fn restore(&self, method: &Method) -> Result<Bound<'js>, Failure> {
        let object = method.object.clone().restore(&self.js).map_err(|error| self.caught(error))?;
        let function = method.function.clone().restore(&self.js).map_err(|error| self.caught(error))?;
        Ok(Bound { object, function })
    }

    /// Calls a function with one value, or with none.
    pub fn call(&self, method: &Bound<'js>, value: Option<Value<'js>>) -> Result<Value<'js>, Failure> {
        self.watch.next_step();
        let this = This(method.object.clone());
        let answer = match value {
            Some(value) => method.function.call((this, value)),
            None => method.function.call((this,)),
        };
        answer.map_err(|error| Failure::of(&self.js, error, self.module, self.watch, Some(&method.function)))
    }

    /// Calls a function with several values.
    pub fn call_with(&self, method: &Bound<'js>, values: Vec<Value<'js>>) -> Result<Value<'js>, Failure> {
        self.watch.next_step();
        let answer = method.function.call((This(method.object.clone()), Rest(values)));
        answer.map_err(|error| Failure::of(&self.js, error, self.module, self.watch, Some(&method.function)))
    }

    /// Returns the bytes that the interpreter uses, after a walk through all of them.
    pub fn memory(&self) -> usize {
        // SAFETY: The pointers are those of the runtime of this context, and the struct is plain.
        unsafe {
            let mut usage = std::mem::MaybeUninit::<rquickjs::qjs::JSMemoryUsage>::zeroed();
            let runtime = rquickjs::qjs::JS_GetRuntime(self.js.as_raw().as_ptr());
            rquickjs::qjs::JS_ComputeMemoryUsage(runtime, usage.as_mut_ptr());
            usize::try_from(usage.assume_init().malloc_size).unwrap_or(0)
        }
    }

    /// Returns the UTF-8 of a text.
    pub fn utf8(&self, text: &rquickjs::String<'js>) -> Result<String, Failure> {
        match text.to_string() {
            Err(rquickjs::Error::Utf8(_)) => {}
            other => return other.map_err(|error| self.caught(error)),
        }
        let well_formed = self.well_formed.clone().restore(&self.js);
        well_formed.and_then(|replace| replace.call((text.clone(),))).map_err(|error| self.caught(error))
    }
}

/// Makes the object that the default export gets as its second argument.
fn host_object<'js>(js: &Ctx<'js>, host: &Host, muted: &Arc<AtomicBool>) -> rquickjs::Result<Object<'js>> {
    let object = Object::new(js.clone())?;
    let (host, muted) = (host.clone(), muted.clone());
    let log = move |js: Ctx<'js>, arguments: Rest<Value<'js>>| -> rquickjs::Result<()> {
        let refuse = |what: &str| Exception::throw_type(&js, &format!("host.log takes a level and a text, not {what}"));
        let text_of = |value: &Value<'js>| match value.as_string() {
            Some(text) => text.to_string().map_err(|_| refuse("a text with half a surrogate pair")),
            None => Err(refuse(&shown(value))),
        };
        let (level, text) = match &arguments.0[..] {
            [text] => (Level::Info, text_of(text)?),
            [level, text] => (level_of(&text_of(level)?).ok_or_else(|| refuse(&shown(level)))?, text_of(text)?),
            _ => return Err(refuse(&format!("{} values", arguments.0.len()))),
        };
        if !muted.load(Relaxed) {
            host.log(level, &text);
        }
        Ok(())
    };
    object.set("log", Function::new(js.clone(), log)?.with_name("log")?)?;
    Ok(object)
}

fn level_of(name: &str) -> Option<Level> {
    match name {
        "debug" => Some(Level::Debug),
        "info" => Some(Level::Info),
        "warning" => Some(Level::Warning),
        "error" => Some(Level::Error),
        _ => None,
    }
}
