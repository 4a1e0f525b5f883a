//! The aggregator of a script. The states of groups are values in an interpreter while rows are added, and JSON otherwise.
use crate::columns::{integer_of, time_of, RowMaker};
use crate::failure::{place_of, shown, Failure};
use crate::interpreter::{Bound, Interpreter, Running};
use crate::law;
use crate::line::bytes_of;
use crate::state::{parse, text_of, value_of};
use crate::{Script, Worker};
use plughost::abi::status;
use plughost::{Aggregates, Context, Error, Field, Level, Outputs, Results, Rows, Sink, Type};
use rquickjs::{Coerced, FromJs, Type as JsType, Value};
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Mutex, PoisonError};

/// Bytes of an interpreter from which on states become JSON, which takes less. Well below the limit of an interpreter.
const MANY_BYTES: usize = 24 << 20;
/// Rows between two looks at these bytes. Each look takes time in proportion to them.
const ROWS_BETWEEN: usize = 8192;
/// About what a state takes in an interpreter.
const LIVE_BYTES: u64 = 512;
/// The most interpreters that wait for further states.
const MAX_IDLE: usize = 8;

/// The groups of one worker.
pub struct Groups {
    /// None until a function of the script is needed.
    worker: Option<Worker>,
    /// Where the worker goes in the end.
    idle: Arc<Mutex<Vec<Worker>>>,
    slots: Slots,
}

#[derive(Default)]
struct Slots {
    groups: Vec<Group>,
    /// How many are live.
    live: usize,
    /// Bytes of those that are not.
    saved: u64,
    /// Rows since the last look at the memory of the interpreter.
    rows: usize,
}

/// The state of a group.
#[derive(Default)]
enum Group {
    /// It has no rows.
    #[default]
    Empty,
    /// A value of the interpreter: an index of what that keeps.
    Live(usize),
    /// Its text.
    Saved(Box<[u8]>),
}

impl Slots {
    fn at(&mut self, group: u32) -> &mut Group {
        if self.groups.len() <= group as usize {
            self.groups.resize_with(group as usize + 1, Group::default);
        }
        &mut self.groups[group as usize]
    }

    fn save(&mut self, group: u32, text: Vec<u8>) {
        self.saved += text.len() as u64;
        *self.at(group) = Group::Saved(text.into());
    }
}

impl Drop for Groups {
    fn drop(&mut self) {
        let Some(Worker { interpreter: Some(interpreter), .. }) = &self.worker else { return };
        let is_empty = interpreter.call(None, |running| interpreter.forget(running)).is_ok();
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if is_empty && idle.len() < MAX_IDLE {
            idle.extend(self.worker.take());
        }
    }
}

/// The functions of an aggregator during a call of the host.
pub struct Functions<'a, 'js> {
    interpreter: &'a Interpreter,
    running: &'a Running<'a, 'js>,
    create: Bound<'js>,
    add: Bound<'js>,
    merge: Bound<'js>,
    finish: Bound<'js>,
}

impl<'a, 'js> Functions<'a, 'js> {
    fn new(interpreter: &'a Interpreter, running: &'a Running<'a, 'js>) -> Result<Self, Failure> {
        let offered = interpreter.offer().aggregator.as_ref();
        let offered = offered.ok_or_else(|| Failure::new("the script has no aggregator"))?;
        Ok(Functions {
            interpreter,
            running,
            create: running.restore(&offered.create)?,
            add: running.restore(&offered.add)?,
            merge: running.restore(&offered.merge)?,
            finish: running.restore(&offered.finish)?,
        })
    }

    fn failure(&self, of: &Bound<'js>, message: impl std::fmt::Display) -> Failure {
        Failure::new(format!("{}: {message}", place_of(&of.function, self.running.module)))
    }

    /// Returns a new state: a copy of what the script makes, as if it had been saved.
    pub fn create(&self) -> Result<Value<'js>, Failure> {
        let made = self.running.call(&self.create, None)?;
        let text = self.text_by(&self.create, "create", &made)?;
        self.value(&text)
    }

    /// Adds a row to a state. Returns the state after that.
    pub fn add(&self, state: Value<'js>, row: Value<'js>) -> Result<Value<'js>, Failure> {
        let answer = self.running.call_with(&self.add, vec![state.clone(), row])?;
        self.after(&self.add, "add", answer, state)
    }

    /// Merges two states. Returns the state after that.
    pub fn merge(&self, state: Value<'js>, other: Value<'js>) -> Result<Value<'js>, Failure> {
        let answer = self.running.call_with(&self.merge, vec![state.clone(), other])?;
        self.after(&self.merge, "merge", answer, state)
    }

    /// Returns the state that a function returned, or the one that it changed.
    fn after(&self, by: &Bound<'js>, name: &str, answer: Value<'js>, state: Value<'js>) -> Result<Value<'js>, Failure> {
        let is_state = answer.is_null()
            || answer.is_bool()
            || answer.is_string()
            || answer.as_number().is_some_and(f64::is_finite)
            || (answer.is_object() && !answer.is_function() && !answer.is_promise());
        let message = match answer.is_undefined() {
            true if state.is_object() => return Ok(state),
            true => format!("{name} must return the state, because {} cannot be changed", shown(&state)),
            false if is_state => return Ok(answer),
            false => format!("{name} must return a state that is JSON, not {}", shown(&answer)),
        };
        Err(self.failure(by, message))
    }

    /// Returns the text of a state.
    pub fn text(&self, state: &Value<'js>) -> Result<Vec<u8>, Failure> {
        self.text_by(&self.add, "add or merge", state)
    }

    fn text_by(&self, by: &Bound<'js>, names: &str, state: &Value<'js>) -> Result<Vec<u8>, Failure> {
        let text = text_of(self.running, state)?;
        text.map_err(|fault| self.failure(by, format!("{names} must make a state that is JSON, and {fault}")))
    }

    /// Returns the value of a text that is one of a state.
    pub fn value(&self, text: &[u8]) -> Result<Value<'js>, Failure> {
        let json = parse(text).ok_or_else(|| Failure::new("the text of a state cannot be read"))?;
        value_of(self.running, &json).map_err(|error| self.running.caught(error))
    }

    /// Returns the state of a group, which is live then.
    fn live(&self, slots: &mut Slots, group: u32) -> Result<(usize, Value<'js>), Failure> {
        let kept = self.interpreter.kept(self.running)?;
        let value = match slots.at(group) {
            Group::Live(index) => {
                let index = *index;
                let value = kept.get(index).map_err(|error| self.running.caught(error))?;
                return Ok((index, value));
            }
            Group::Empty => self.create()?,
            Group::Saved(text) => {
                let value = self.value(text)?;
                slots.saved -= text.len() as u64;
                value
            }
        };
        let index = slots.live;
        kept.set(index, value.clone()).map_err(|error| self.running.caught(error))?;
        slots.live += 1;
        *slots.at(group) = Group::Live(index);
        Ok((index, value))
    }

    fn keep(&self, index: usize, state: Value<'js>) -> Result<(), Failure> {
        self.interpreter.kept(self.running)?.set(index, state).map_err(|error| self.running.caught(error))
    }

    /// Counts a row. Turns all states into texts when the interpreter holds much.
    fn count_row(&self, slots: &mut Slots) -> Result<(), Failure> {
        slots.rows += 1;
        if slots.rows < ROWS_BETWEEN {
            return Ok(());
        }
        slots.rows = 0;
        if self.running.memory() < MANY_BYTES {
            return Ok(());
        }
        let kept = self.interpreter.kept(self.running)?;
        for group in &mut slots.groups {
            if let Group::Live(index) = group {
                let state: Value = kept.get(*index).map_err(|error| self.running.caught(error))?;
                let text = self.text(&state)?;
                slots.saved += text.len() as u64;
                *group = Group::Saved(text.into());
            }
        }
        slots.live = 0;
        self.interpreter.forget(self.running)
    }

    /// Returns the text of a group that has rows.
    fn text_of_group(&self, slots: &mut Slots, group: u32) -> Result<Vec<u8>, Failure> {
        match slots.at(group) {
            Group::Saved(text) => Ok(text.to_vec()),
            _ => self.text(&self.live(slots, group)?.1),
        }
    }

    /// Sets the results of a group. `finish` gets a copy of the state, so it cannot change it.
    fn finish(&self, script: &Script, text: &[u8], outputs: &mut Outputs) -> Result<(), Failure> {
        let answer = self.running.call(&self.finish, Some(self.value(text)?))?;
        let names = || script.declared.outputs.iter().map(|(name, _)| name).collect::<Vec<_>>().join(", ");
        let object = answer.as_object().filter(|_| !answer.is_array() && !answer.is_function() && !answer.is_promise());
        let Some(object) = object else {
            let message = format!("finish must return an object with {}, not {}", names(), shown(&answer));
            return Err(self.failure(&self.finish, message));
        };
        for key in object.keys::<rquickjs::String>() {
            let key = self.running.utf8(&key.map_err(|error| self.running.caught(error))?)?;
            if script.declared.outputs.iter().all(|(name, _)| name != key) {
                return Err(
                    self.failure(&self.finish, format!("finish returned {key:?}, and its outputs are {}", names()))
                );
            }
        }
        for (index, (name, kind)) in script.declared.outputs.iter().enumerate() {
            let value: Value = object.get(name).map_err(|error| self.running.caught(error))?;
            if value.is_null() || value.is_undefined() {
                continue;
            }
            if !self.set(outputs, index, kind, &value)? {
                let wanted = match kind {
                    Type::Integer => "an integer below 2^53, a BigInt of 64 bits",
                    Type::Real => "a number",
                    Type::Time => "milliseconds since 1970, in the years 1677 to 2262,",
                    Type::Boolean => "true or false",
                    Type::Text | Type::Any => "a text",
                };
                let is_large = kind == Type::Integer && value.type_of() == JsType::BigInt;
                let found = if is_large { "a larger BigInt".into() } else { shown(&value) };
                let message = format!("{name} of finish must be {wanted} or null, not {found}");
                return Err(self.failure(&self.finish, message));
            }
        }
        Ok(())
    }

    /// Sets one result. Returns false if the value has another type.
    fn set(&self, outputs: &mut Outputs, index: usize, kind: Type, value: &Value<'js>) -> Result<bool, Failure> {
        let number = value.as_number();
        match kind {
            Type::Integer => {
                // Converting a BigInt to text runs no code of the script.
                let large = || Coerced::<String>::from_js(value.ctx(), value.clone()).ok()?.0.parse().ok();
                let integer = if value.type_of() == JsType::BigInt { large() } else { number.and_then(integer_of) };
                let Some(integer) = integer else { return Ok(false) };
                outputs.set_integer(index, integer);
            }
            Type::Real => {
                let Some(number) = number else { return Ok(false) };
                // A NaN stays without a value, and zero has no sign.
                outputs.set_real(index, number + 0.0);
            }
            Type::Time => {
                let Some(time) = number.and_then(time_of) else { return Ok(false) };
                outputs.set_time(index, time);
            }
            Type::Boolean => {
                let Some(boolean) = value.as_bool() else { return Ok(false) };
                outputs.set_boolean(index, boolean);
            }
            Type::Text | Type::Any => {
                let Some(text) = bytes_of(self.running, value)? else { return Ok(false) };
                outputs.set_text(index, &text)?;
            }
        }
        Ok(true)
    }
}

impl Script {
    /// Makes a call with the interpreter of a worker and its groups.
    fn with_groups<T>(
        &self,
        Groups { worker, slots, .. }: &mut Groups,
        context: Option<&Context>,
        call: impl FnOnce(&Functions, &mut Slots) -> Result<T, Failure>,
    ) -> Result<T, Error> {
        let worker = match worker {
            Some(worker) => worker,
            None => {
                let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
                let made = idle.map_or_else(|| self.worker(false), Ok).map_err(Failure::into_error)?;
                worker.insert(made)
            }
        };
        let answer =
            self.call(worker, context, |interpreter, running| call(&Functions::new(interpreter, running)?, slots));
        answer.map_err(Failure::into_error)
    }
}

impl Aggregates for Script {
    type State = Groups;

    fn state(&self) -> Result<Groups, Error> {
        Ok(Groups { worker: None, idle: self.idle.clone(), slots: Slots::default() })
    }

    fn column(&self, index: usize) -> Option<Field<'_>> {
        self.declared.aggregated.field(index)
    }

    fn output(&self, index: usize) -> Option<Field<'_>> {
        self.declared.outputs.field(index)
    }

    fn update(&self, groups: &mut Groups, ctx: &Context, rows: &Rows, group: &[u32]) -> Result<(), Error> {
        self.with_groups(groups, Some(ctx), |functions, slots| {
            let maker = RowMaker::new(functions.running, &self.declared.aggregated, rows)?;
            if rows.len() > 1 && !self.is_law_known.swap(true, Relaxed) {
                if let Some(breach) = law::breach(functions, &maker, rows.len())? {
                    self.host.log(Level::Warning, &format!("{}: {breach}", self.module.main));
                }
            }
            for (row, &one) in group.iter().enumerate() {
                let (index, state) = functions.live(slots, one)?;
                let after = maker.row(row).and_then(|row| functions.add(state, row));
                functions.keep(index, after.map_err(|failure| failure.at(maker.offset(row)))?)?;
                functions.count_row(slots)?;
            }
            Ok(())
        })
    }

    fn save(&self, groups: &mut Groups, group: u32, out: &mut Sink) -> Result<(), Error> {
        match groups.slots.at(group) {
            Group::Empty => Ok(()),
            Group::Saved(text) => out.put(&text[..]),
            Group::Live(_) => {
                out.put(self.with_groups(groups, None, |functions, slots| functions.text_of_group(slots, group))?)
            }
        }
    }

    fn merge(&self, groups: &mut Groups, group: u32, bytes: &[u8]) -> Result<(), Error> {
        if bytes.is_empty() {
            return Ok(());
        }
        if parse(bytes).is_none() {
            let message = format!("{}: these bytes are no state of its aggregator", self.module.main);
            return Err(Error::of_status(status::INVALID, message));
        }
        if matches!(groups.slots.at(group), Group::Empty) {
            groups.slots.save(group, bytes.to_vec());
            return Ok(());
        }
        self.with_groups(groups, None, |functions, slots| {
            let (index, state) = functions.live(slots, group)?;
            functions.keep(index, functions.merge(state, functions.value(bytes)?)?)?;
            functions.count_row(slots)
        })
    }

    fn finish(&self, groups: &mut Groups, ctx: &Context, first: u32, results: &mut Results) -> Result<(), Error> {
        self.with_groups(groups, Some(ctx), |functions, slots| {
            for index in 0..results.len() {
                let group = first + index as u32;
                let text = match slots.at(group) {
                    Group::Empty => functions.text(&functions.create()?)?,
                    _ => functions.text_of_group(slots, group)?,
                };
                functions.finish(self, &text, &mut results.of(index))?;
            }
            Ok(())
        })
    }

    fn revision(&self) -> u32 {
        self.declared.revision
    }

    fn memory(&self, groups: &Groups) -> u64 {
        let Slots { groups, live, saved, .. } = &groups.slots;
        saved + *live as u64 * LIVE_BYTES + (groups.capacity() * size_of::<Group>()) as u64
    }
}
