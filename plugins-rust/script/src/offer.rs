//! What a script offers: what its main module exports, and what its default export returns.
use crate::columns::Columns;
use crate::failure::{shown, Failure};
use crate::interpreter::{Method, Running};
use crate::line::length_of;
use plughost::abi;
use rquickjs::module::{Declared, Evaluated};
use rquickjs::{Ctx, Function, Module, Object, Persistent, Value};

/// The most literals that a host takes, and the most bytes of one.
const MAX_LITERALS: usize = 16;
const MAX_LITERAL: usize = 1024;

/// The functions of a script.
#[derive(Default)]
pub struct Offer {
    pub filter: Option<Method>,
    pub transform: Option<Method>,
    pub exporter: Option<Exporter>,
    pub row_filter: Option<RowFilter>,
    pub aggregator: Option<Aggregator>,
    pub run: Option<Method>,
    /// Each kept line contains one of these.
    pub literals: Vec<String>,
}

/// The functions of an exporter.
pub struct Exporter {
    pub begin: Option<Method>,
    pub write: Method,
    pub end: Option<Method>,
}

/// The function of a filter of rows, and the columns that it reads.
pub struct RowFilter {
    pub columns: Columns,
    pub keep: Method,
}

/// The functions of an aggregator, the columns that it reads, and those of its result.
pub struct Aggregator {
    pub columns: Columns,
    pub outputs: Columns,
    pub revision: u32,
    pub create: Method,
    pub add: Method,
    pub merge: Method,
    pub finish: Method,
}

/// What the host knows of an offer. It is the same in each interpreter of a script.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Known {
    pub extensions: Vec<&'static str>,
    pub literals: Vec<String>,
    /// The columns of the filter of rows.
    pub filtered: Columns,
    /// The columns of the aggregator, and those of its result.
    pub aggregated: Columns,
    pub outputs: Columns,
    pub revision: u32,
}

impl Offer {
    /// Evaluates the script and calls its default export.
    pub fn of<'js>(running: &Running<'_, 'js>, host: Object<'js>) -> Result<Self, Failure> {
        let js = &running.js;
        let caught = |error| running.caught(error);
        let module = evaluate(running)?;
        let exports = module.namespace().map_err(caught)?;
        for name in exports.keys::<rquickjs::String>() {
            let name = running.utf8(&name.map_err(caught)?)?;
            if name != "default" && name != "literals" {
                return Err(refuse(
                    running,
                    format!(
                        "it exports {name:?}; the main file of a script exports its default function, and literals"
                    ),
                ));
            }
        }
        let make: Value = module.get("default").unwrap_or_else(|_| Value::new_undefined(js.clone()));
        let Some(make) = make.as_function() else {
            let found = shown(&make);
            return Err(refuse(
                running,
                format!("its default export must be a function (config, host) => ({{ … }}), not {found}"),
            ));
        };
        let options = js.json_parse(running.module.options.as_str()).map_err(caught)?;
        let made: Value = make.call((options, host)).map_err(caught)?;
        let mut offer = Offer::of_object(running, &made)?;
        offer.literals = literals_of(running, &module)?;
        if offer.filter.is_none() && !offer.literals.is_empty() {
            return Err(refuse(running, "it exports literals, which help a filter, and it has none"));
        }
        offer.check(running)?;
        Ok(offer)
    }

    fn of_object<'js>(running: &Running<'_, 'js>, made: &Value<'js>) -> Result<Self, Failure> {
        let what = "what its default export returns";
        let made = object_of(running, made, what)?;
        check_names(running, made, what, &["filter", "transform", "exporter", "rowFilter", "aggregator", "run"])?;
        let what = "its exporter";
        let exporter = match part_of(running, made, "exporter", what, &["begin", "write", "end"])? {
            None => None,
            Some(exporter) => Some(Exporter {
                begin: method_of(running, &exporter, "begin")?,
                write: needed(running, &exporter, what, "write")?,
                end: method_of(running, &exporter, "end")?,
            }),
        };
        Ok(Offer {
            filter: method_of(running, made, "filter")?,
            transform: method_of(running, made, "transform")?,
            exporter,
            row_filter: row_filter_of(running, made)?,
            aggregator: aggregator_of(running, made)?,
            run: method_of(running, made, "run")?,
            literals: Vec::new(),
        })
    }

    /// Returns the ids of the extensions.
    pub fn extensions(&self) -> Vec<&'static str> {
        let ids = [
            (self.filter.is_some(), abi::FILTER_ID),
            (self.transform.is_some(), abi::TRANSFORM_ID),
            (self.exporter.is_some(), abi::EXPORTER_ID),
            (self.row_filter.is_some(), abi::ROW_FILTER_ID),
            (self.aggregator.is_some(), abi::AGGREGATOR_ID),
        ];
        ids.iter().filter(|(offered, _)| *offered).filter_map(|(_, id)| id.to_str().ok()).collect()
    }

    /// Returns what the host knows of it.
    pub fn declared(&self) -> Known {
        let aggregator = self.aggregator.as_ref();
        Known {
            extensions: self.extensions(),
            literals: self.literals.clone(),
            filtered: self.row_filter.as_ref().map(|filter| filter.columns.clone()).unwrap_or_default(),
            aggregated: aggregator.map(|aggregator| aggregator.columns.clone()).unwrap_or_default(),
            outputs: aggregator.map(|aggregator| aggregator.outputs.clone()).unwrap_or_default(),
            revision: aggregator.map_or(0, |aggregator| aggregator.revision),
        }
    }

    /// Compares with the manifest.
    fn check(&self, running: &Running) -> Result<(), Failure> {
        let offered = self.extensions();
        if offered.is_empty() && self.run.is_none() {
            return Err(refuse(
                running,
                "it offers nothing: no filter, transform, exporter, rowFilter, aggregator or run",
            ));
        }
        let Some(promised) = &running.module.manifest.extensions else { return Ok(()) };
        if let Some(id) = promised.iter().find(|id| !offered.contains(&id.as_str())) {
            return Err(refuse(running, format!("its manifest promises {id}, and it does not offer that")));
        }
        match offered.iter().find(|id| !promised.iter().any(|other| other == *id)) {
            Some(id) => Err(refuse(running, format!("it offers {id}, and the extensions of its manifest lack that"))),
            None => Ok(()),
        }
    }
}

fn refuse(running: &Running, message: impl std::fmt::Display) -> Failure {
    Failure::new(format!("{}: {message}", running.module.main))
}

fn row_filter_of<'js>(running: &Running<'_, 'js>, made: &Object<'js>) -> Result<Option<RowFilter>, Failure> {
    const WHAT: &str = "its rowFilter";
    let Some(object) = part_of(running, made, "rowFilter", WHAT, &["columns", "keep"])? else { return Ok(None) };
    let columns: Value = object.get("columns").map_err(|error| running.caught(error))?;
    let columns = Columns::read(running, &columns, "the columns of its rowFilter", true)?;
    Ok(Some(RowFilter { columns, keep: needed(running, &object, WHAT, "keep")? }))
}

fn aggregator_of<'js>(running: &Running<'_, 'js>, made: &Object<'js>) -> Result<Option<Aggregator>, Failure> {
    const WHAT: &str = "its aggregator";
    let names = ["columns", "outputs", "revision", "create", "add", "merge", "finish"];
    let Some(object) = part_of(running, made, "aggregator", WHAT, &names)? else { return Ok(None) };
    let value = |name: &str| -> Result<Value, Failure> { object.get(name).map_err(|error| running.caught(error)) };
    let columns = match value("columns")? {
        columns if columns.is_undefined() => Columns::default(),
        columns => Columns::read(running, &columns, "the columns of its aggregator", true)?,
    };
    let outputs = Columns::read(running, &value("outputs")?, "the outputs of its aggregator", false)?;
    if outputs.is_empty() {
        return Err(refuse(running, "its aggregator has no outputs"));
    }
    let revision = value("revision")?;
    let number = if revision.is_undefined() { Some(0.0) } else { revision.as_number() };
    let number = number.filter(|number| number.fract() == 0.0 && (0.0..=f64::from(u32::MAX)).contains(number));
    let number = number.ok_or_else(|| {
        refuse(
            running,
            format!("the revision of its aggregator must be an integer from 0 on, not {}", shown(&revision)),
        )
    })?;
    Ok(Some(Aggregator {
        columns,
        outputs,
        revision: number as u32,
        create: needed(running, &object, WHAT, "create")?,
        add: needed(running, &object, WHAT, "add")?,
        merge: needed(running, &object, WHAT, "merge")?,
        finish: needed(running, &object, WHAT, "finish")?,
    }))
}

/// Returns a part of what the default export returns, if it is there.
fn part_of<'js>(
    running: &Running<'_, 'js>,
    made: &Object<'js>,
    name: &str,
    what: &str,
    names: &[&str],
) -> Result<Option<Object<'js>>, Failure> {
    let part: Value = made.get(name).map_err(|error| running.caught(error))?;
    if part.is_undefined() {
        return Ok(None);
    }
    let part = object_of(running, &part, what)?;
    check_names(running, part, what, names)?;
    Ok(Some(part.clone()))
}

fn needed<'js>(running: &Running<'_, 'js>, object: &Object<'js>, what: &str, name: &str) -> Result<Method, Failure> {
    method_of(running, object, name)?.ok_or_else(|| refuse(running, format!("{what} has no function {name}")))
}

/// Evaluates the main module, and waits for what its top level awaits.
fn evaluate<'js>(running: &Running<'_, 'js>) -> Result<Module<'js, Evaluated>, Failure> {
    let main = &running.module.main;
    let text = running.module.files[main].as_str();
    let caught = |error| running.caught(error);
    if running.module.files.values().any(|text| text.contains('\0')) {
        return Err(refuse(running, "a file of it holds a NUL byte"));
    }
    let declared: Module<Declared> = Module::declare(running.js.clone(), main.as_str(), text).map_err(caught)?;
    let (module, done) = declared.eval().map_err(caught)?;
    match done.finish::<()>() {
        Err(rquickjs::Error::WouldBlock) => Err(refuse(running, "its top level awaits what never comes")),
        other => other.map(|()| module).map_err(caught),
    }
}

fn object_of<'a, 'js>(
    running: &Running<'_, 'js>,
    value: &'a Value<'js>,
    what: &str,
) -> Result<&'a Object<'js>, Failure> {
    match value.as_object() {
        Some(object) if !value.is_function() && !value.is_array() && !value.is_promise() => Ok(object),
        _ => Err(refuse(running, format!("{what} must be an object of functions, not {}", shown(value)))),
    }
}

fn check_names<'js>(
    running: &Running<'_, 'js>,
    object: &Object<'js>,
    what: &str,
    names: &[&str],
) -> Result<(), Failure> {
    for name in object.keys::<rquickjs::String>() {
        let name = running.utf8(&name.map_err(|error| running.caught(error))?)?;
        if !names.contains(&name.as_str()) {
            return Err(refuse(running, format!("{what} has {name:?}, and may have {}", names.join(", "))));
        }
    }
    Ok(())
}

fn method_of<'js>(running: &Running<'_, 'js>, object: &Object<'js>, name: &str) -> Result<Option<Method>, Failure> {
    let value: Value = object.get(name).map_err(|error| running.caught(error))?;
    if value.is_undefined() {
        return Ok(None);
    }
    let function: &Function = value
        .as_function()
        .ok_or_else(|| refuse(running, format!("its {name} must be a function, not {}", shown(&value))))?;
    let js: &Ctx = &running.js;
    Ok(Some(Method { object: Persistent::save(js, object.clone()), function: Persistent::save(js, function.clone()) }))
}

/// Reads and checks the exported literals.
fn literals_of<'js>(running: &Running<'_, 'js>, module: &Module<'js, Evaluated>) -> Result<Vec<String>, Failure> {
    let refuse =
        |reason: String| refuse(running, format!("its literals must be an array of at most 16 texts: {reason}"));
    let exported: Value = match module.get("literals") {
        Ok(exported) => exported,
        Err(_) => return Ok(Vec::new()),
    };
    if exported.is_undefined() {
        return Ok(Vec::new());
    }
    let Some(list) = exported.as_array() else { return Err(refuse(format!("they are {}", shown(&exported)))) };
    let count = length_of(running, list)?;
    if count > MAX_LITERALS {
        return Err(refuse(format!("there are {count}")));
    }
    let literal = |index| -> Result<String, Failure> {
        let value: Value = list.get(index).map_err(|error| running.caught(error))?;
        let text = value.as_string().ok_or_else(|| refuse(format!("one is {}", shown(&value))))?;
        let text = text.to_string().map_err(|_| refuse("one has half a surrogate pair".into()))?;
        let fault = match text.len() {
            0 => "is empty",
            length if length > MAX_LITERAL => "is longer than 1024 bytes",
            _ if text.contains('\n') => "has a newline, which no line has",
            // A script sees this character where a line has bytes that are not UTF-8, and the host searches for bytes.
            _ if text.contains('\u{fffd}') => "has the character U+FFFD, which stands for other bytes",
            _ => return Ok(text),
        };
        Err(refuse(format!("one {fault}")))
    };
    (0..count).map(literal).collect()
}
