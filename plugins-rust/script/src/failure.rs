//! What went wrong in a script, with its place.
use crate::module::Module;
use crate::watch::{Interruption, Watch};
use crate::{MAX_MEMORY, MAX_TIME};
use plughost::Error;
use rquickjs::{Ctx, Function, Type, Value};

/// Why a call of a script failed.
pub struct Failure {
    /// One sentence, which begins with the place: `slow.js:4:31: …`.
    message: String,
    cancelled: bool,
    /// The interpreter was stopped in the middle of something, so what it holds may be half done.
    pub is_final: bool,
    /// The byte of the block that the failing call was about.
    offset: Option<u64>,
}

impl Failure {
    pub fn new(message: impl Into<String>) -> Self {
        Failure { message: message.into(), cancelled: false, is_final: false, offset: None }
    }

    /// Takes the exception of QuickJS, if `error` is one. `called` is the function that the host called, if it did. Its place
    /// is named for values without a stack, such as a text that was thrown.
    pub fn of(js: &Ctx, error: rquickjs::Error, module: &Module, watch: &Watch, called: Option<&Function>) -> Self {
        let begin = || called.map_or_else(|| module.main.clone(), |function| place_of(function, module));
        let thrown = match error {
            rquickjs::Error::Exception => js.catch(),
            rquickjs::Error::Allocation => return Failure::out_of_memory(&begin()),
            other => return Failure::new(format!("{}: {other}", begin())),
        };
        let exception = thrown.as_exception();
        let stack = exception.and_then(|exception| exception.stack()).unwrap_or_default();
        let place = place_in(&stack, module).unwrap_or_else(begin);
        let message = exception.and_then(|exception| exception.message());
        // Reading the message and the stack may run code of the script, which may throw again.
        js.catch();
        match watch.interruption() {
            Some(Interruption::Cancelled) => return Failure { cancelled: true, ..Failure::finally("cancelled") },
            Some(Interruption::TooLong) => {
                let message = format!("{place}: it took more than {} s for one line or call", MAX_TIME.as_secs());
                return Failure::finally(message);
            }
            None => {}
        }
        match message {
            Some(message) if message == "out of memory" => Failure::out_of_memory(&place),
            Some(message) if message.is_empty() => {
                Failure::new(format!("{place}: it threw an error without a message"))
            }
            Some(message) => Failure::new(format!("{place}: {}", message.replace('\n', " "))),
            None => Failure::new(format!("{place}: it threw {}", shown(&thrown))),
        }
    }

    /// The same, of an interpreter that must not be used any more.
    pub fn finally(message: impl Into<String>) -> Self {
        Failure { is_final: true, ..Failure::new(message) }
    }

    fn out_of_memory(place: &str) -> Self {
        let message = format!("{place}: out of memory: a script may use {} MiB", MAX_MEMORY >> 20);
        Failure::finally(message)
    }

    /// Adds the offset of the line in the block.
    pub fn at(mut self, offset: u64) -> Self {
        self.offset.get_or_insert(offset);
        self
    }

    /// The error of a call.
    pub fn into_error(self) -> Error {
        if self.cancelled {
            return Error::cancelled();
        }
        let error = Error::internal(self.message);
        match self.offset {
            Some(offset) => error.at(offset),
            None => error,
        }
    }

    /// The error of `init`.
    pub fn into_config_error(self) -> Error {
        Error::config(self.message)
    }

    /// What `match` has no error to say.
    pub fn message(&self) -> &str {
        &self.message
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Failure::new(error.to_string())
    }
}

/// Returns the place `file:line:column` of the innermost call in a file of the script.
fn place_in(stack: &str, module: &Module) -> Option<String> {
    let places = stack.lines().filter_map(|line| {
        let place = line.trim().strip_prefix("at ")?;
        let place = place.rsplit_once('(').map_or(place, |(_, place)| place.trim_end_matches(')'));
        let file = place.rsplitn(3, ':').nth(2)?;
        module.files.contains_key(file).then(|| place.to_string())
    });
    places.take(1).next()
}

/// Returns where a function of the script begins: `slow.js:4:31`.
pub fn place_of(function: &Function, module: &Module) -> String {
    let number = |name: &str| function.get::<_, u32>(name).ok();
    let file = function.get::<_, String>("fileName").ok();
    match (file, number("lineNumber"), number("columnNumber")) {
        (Some(file), Some(line), Some(column)) if module.files.contains_key(&file) => format!("{file}:{line}:{column}"),
        _ => module.main.clone(),
    }
}

/// Describes a value in a message, without running code of the script.
pub fn shown(value: &Value) -> String {
    const MAX: usize = 40;
    match value.type_of() {
        Type::String => match value.get::<String>() {
            Ok(text) if text.chars().count() <= MAX => format!("the text {text:?}"),
            _ => "a text".into(),
        },
        Type::Bool => format!("{:?}", value.as_bool().unwrap_or_default()),
        Type::Int => format!("the number {}", value.as_int().unwrap_or_default()),
        Type::Float => format!("the number {}", value.as_float().unwrap_or_default()),
        Type::Undefined => "undefined".into(),
        Type::Null => "null".into(),
        Type::Promise => "a Promise, and nothing waits for one".into(),
        Type::Array => "an array".into(),
        Type::Function | Type::Constructor => "a function".into(),
        Type::Symbol => "a symbol".into(),
        Type::BigInt => "a BigInt".into(),
        Type::Exception => "an Error".into(),
        _ => "an object".into(),
    }
}
