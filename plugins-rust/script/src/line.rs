//! Lines and answers: from bytes to values of the script, and back.
use crate::failure::{place_of, shown, Failure};
use crate::interpreter::{Bound, Running};
use crate::module::LineType;
use plughost::Output;
use rquickjs::atom::PredefinedAtom;
use rquickjs::{Array, TypedArray, Value};
use std::borrow::Cow;

/// A line, and what the script gets for it.
pub struct Line<'a, 'js> {
    bytes: &'a [u8],
    /// What the script's text of this line is in UTF-8. Equal to `bytes` unless they are not UTF-8.
    seen: Cow<'a, [u8]>,
    pub value: Value<'js>,
}

impl<'a, 'js> Line<'a, 'js> {
    pub fn new(running: &Running<'_, 'js>, bytes: &'a [u8]) -> Result<Self, Failure> {
        let js = running.js.clone();
        let made = match running.module.manifest.lines {
            LineType::Bytes => {
                TypedArray::<u8>::new_copy(js, bytes).map(|array| (Cow::Borrowed(bytes), array.into_value()))
            }
            LineType::Text => {
                let text = String::from_utf8_lossy(bytes);
                let value = rquickjs::String::from_str(js, &text).map(rquickjs::String::into_value);
                let seen = match text {
                    Cow::Borrowed(text) => Cow::Borrowed(text.as_bytes()),
                    Cow::Owned(text) => Cow::Owned(text.into_bytes()),
                };
                value.map(|value| (seen, value))
            }
        };
        let (seen, value) = made.map_err(|error| running.caught(error))?;
        Ok(Line { bytes, seen, value })
    }
}

/// Asks a filter about a line.
pub fn keeps<'js>(running: &Running<'_, 'js>, filter: &Bound<'js>, bytes: &[u8]) -> Result<bool, Failure> {
    let line = Line::new(running, bytes)?;
    let answer = running.call(filter, Some(line.value))?;
    answer.as_bool().ok_or_else(|| {
        let place = place_of(&filter.function, running.module);
        Failure::new(format!("{place}: filter must return true or false, not {}", shown(&answer)))
    })
}

/// Passes a line to a transform, and its answer to `out`.
pub fn change<'js>(
    running: &Running<'_, 'js>,
    transform: &Bound<'js>,
    bytes: &[u8],
    out: &mut Output,
) -> Result<(), Failure> {
    let line = Line::new(running, bytes)?;
    let answer = running.call(transform, Some(line.value.clone()))?;
    let refuse =
        |what: String| Failure::new(format!("{}: transform {what}", place_of(&transform.function, running.module)));
    // Returns the bytes of one line of the answer.
    let line_of = |value: &Value<'js>| -> Result<Cow<[u8]>, Failure> {
        let is_text = running.module.manifest.lines == LineType::Text;
        if is_text && *value == line.value {
            return Ok(Cow::Borrowed(bytes));
        }
        let made = bytes_of(running, value)?.ok_or_else(|| {
            let wanted = if is_text { "a text" } else { "a Uint8Array" };
            refuse(format!("must return {wanted}, an array of them, null or undefined, not {}", shown(value)))
        })?;
        if made == *line.seen {
            return Ok(Cow::Borrowed(line.bytes));
        }
        match made.contains(&b'\n') {
            true => Err(refuse("returned a newline inside a line; return an array for several lines".into())),
            false => Ok(Cow::Owned(made)),
        }
    };
    if answer.is_undefined() {
        return Ok(());
    }
    if answer.is_null() {
        out.drop_line();
        return Ok(());
    }
    let Some(list) = answer.as_array() else {
        return match line_of(&answer)? {
            Cow::Borrowed(_) => Ok(()),
            Cow::Owned(made) => Ok(out.put_line(made)?),
        };
    };
    out.drop_line();
    for index in 0..length_of(running, list)? {
        let value: Value = list.get(index).map_err(|error| running.caught(error))?;
        out.put_line(line_of(&value)?)?;
    }
    Ok(())
}

/// Returns the length of an array, which may be more than an `i32`. That is all that `Array::len` knows.
pub fn length_of<'js>(running: &Running<'_, 'js>, array: &Array<'js>) -> Result<usize, Failure> {
    let length: f64 = array.as_object().get(PredefinedAtom::Length).map_err(|error| running.caught(error))?;
    Ok(length as usize)
}

/// Returns what a function of an exporter, or `run`, wants to be written.
pub fn written<'js>(
    running: &Running<'_, 'js>,
    function: &Bound<'js>,
    name: &str,
    value: Option<Value<'js>>,
) -> Result<Vec<u8>, Failure> {
    let answer = running.call(function, value)?;
    bytes_of(running, &answer)?.ok_or_else(|| {
        let place = place_of(&function.function, running.module);
        Failure::new(format!("{place}: {name} must return a text, not {}", shown(&answer)))
    })
}

/// Returns the bytes of a text, or of an array of bytes if that is what the script's lines are.
pub fn bytes_of<'js>(running: &Running<'_, 'js>, value: &Value<'js>) -> Result<Option<Vec<u8>>, Failure> {
    if let Some(text) = value.as_string() {
        return running.utf8(text).map(|text| Some(text.into_bytes()));
    }
    let array = value.as_object().and_then(|object| object.as_typed_array::<u8>());
    // SAFETY: The bytes are copied before QuickJS runs again.
    Ok(array.and_then(|array| unsafe { array.as_bytes() }.map(<[u8]>::to_vec)))
}
