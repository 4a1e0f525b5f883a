//! The states of an aggregator as JSON. A state has exactly one text: keys are sorted by their bytes, there is no space, and a
//! number is the shortest that reads as it.
use crate::failure::{shown, Failure};
use crate::interpreter::Running;
use rquickjs::{Array, Object, Value};
use serde_json::Value as Json;

/// The longest text of a state, in bytes.
pub const MAX_STATE: usize = 1 << 20;
/// How deep arrays and objects of a state may nest.
const MAX_DEPTH: usize = 64;
/// The largest integer that is written as one. Beyond it doubles have gaps.
const MAX_INTEGER: f64 = 9_007_199_254_740_991.0;

/// Returns the text of a state, or what is wrong with it and where: `/total is NaN`. Reading a state may run code of the
/// script, such as a getter, whose failure is the first `Err`.
pub fn text_of<'js>(running: &Running<'_, 'js>, state: &Value<'js>) -> Result<Result<Vec<u8>, String>, Failure> {
    let plain = Object::new(running.js.clone()).map_err(|error| running.caught(error))?;
    let mut writer =
        Writer { running, plain: plain.get_prototype(), text: Vec::new(), path: String::new(), fault: None };
    let is_written = writer.write(state, 0)? && (writer.text.len() <= MAX_STATE || writer.too_large()?);
    Ok(if is_written { Ok(writer.text) } else { Err(writer.fault.unwrap_or_default()) })
}

struct Writer<'a, 'js> {
    running: &'a Running<'a, 'js>,
    /// The prototype of plain objects.
    plain: Option<Object<'js>>,
    text: Vec<u8>,
    /// Where the value is that is written, as a JSON pointer.
    path: String,
    fault: Option<String>,
}

impl<'js> Writer<'_, 'js> {
    fn refuse(&mut self, what: impl std::fmt::Display) -> Result<bool, Failure> {
        /// Characters of a place in a message.
        const SHOWN: usize = 80;
        let cut: String = self.path.chars().take(SHOWN).collect();
        let more = if cut.len() < self.path.len() { "…" } else { "" };
        let path = if cut.is_empty() { "it" } else { &cut };
        self.fault = Some(format!("{path}{more} is {what}"));
        Ok(false)
    }

    fn too_large(&mut self) -> Result<bool, Failure> {
        self.path.clear();
        self.refuse(format!("larger than {} KiB", MAX_STATE >> 10))
    }

    /// Writes a value. Returns false after a fault.
    fn write(&mut self, value: &Value<'js>, depth: usize) -> Result<bool, Failure> {
        if depth > MAX_DEPTH {
            let what = format!("nested more than {MAX_DEPTH} deep, or holds itself");
            return self.refuse(what);
        }
        if self.text.len() > MAX_STATE {
            return self.too_large();
        }
        if value.is_null() {
            self.text.extend_from_slice(b"null");
        } else if let Some(boolean) = value.as_bool() {
            self.text.extend_from_slice(if boolean { b"true" } else { b"false" });
        } else if let Some(number) = value.as_number() {
            if !number.is_finite() {
                // As JavaScript writes them.
                let name = if number.is_nan() { "NaN" } else { "Infinity" };
                return self.refuse(if number < 0.0 { format!("-{name}") } else { name.into() });
            }
            self.text.extend_from_slice(number_text(number).as_bytes());
        } else if let Some(text) = value.as_string() {
            let Ok(text) = text.to_string() else {
                return self.refuse("a text with half a surrogate pair");
            };
            self.put_text(&text);
        } else if let Some(array) = value.as_array() {
            return self.write_array(array, depth);
        } else if let Some(object) = self.plain_object(value) {
            return self.write_object(&object, depth);
        } else {
            let what = shown(value);
            return self.refuse(if value.is_object() && what == "an object" {
                "an object of a class".into()
            } else {
                what
            });
        }
        Ok(true)
    }

    fn plain_object(&self, value: &Value<'js>) -> Option<Object<'js>> {
        let object = value.as_object().filter(|_| !value.is_function() && !value.is_promise() && !value.is_error())?;
        let prototype = object.get_prototype();
        (prototype.is_none() || prototype == self.plain).then(|| object.clone())
    }

    fn put_text(&mut self, text: &str) {
        // Writing to a vector does not fail.
        serde_json::to_writer(&mut self.text, text).ok();
    }

    fn write_array(&mut self, array: &Array<'js>, depth: usize) -> Result<bool, Failure> {
        let length = crate::line::length_of(self.running, array)?;
        self.text.push(b'[');
        for index in 0..length {
            if index > 0 {
                self.text.push(b',');
            }
            let value: Value = array.get(index).map_err(|error| self.running.caught(error))?;
            if !self.within(&index.to_string(), &value, depth)? {
                return Ok(false);
            }
        }
        // Properties such as `counts[path]` of an array come after its elements, and are no JSON.
        let mut keys = array.as_object().keys::<rquickjs::String>();
        if keys.len() > length {
            let key = keys.next_back().transpose().map_err(|error| self.running.caught(error))?;
            let key = key.map_or(Ok(String::new()), |key| self.running.utf8(&key))?;
            self.step(&key);
            return self.refuse("a property of an array; use an object for keys");
        }
        self.text.push(b']');
        Ok(true)
    }

    fn write_object(&mut self, object: &Object<'js>, depth: usize) -> Result<bool, Failure> {
        let mut keys = Vec::new();
        for key in object.keys::<rquickjs::String>() {
            let key = key.map_err(|error| self.running.caught(error))?;
            match key.to_string() {
                Ok(key) => keys.push(key),
                Err(_) => return self.refuse("an object with half a surrogate pair in a key"),
            }
        }
        keys.sort_unstable();
        self.text.push(b'{');
        for (index, key) in keys.iter().enumerate() {
            if index > 0 {
                self.text.push(b',');
            }
            self.put_text(key);
            self.text.push(b':');
            let value: Value = object.get(key.as_str()).map_err(|error| self.running.caught(error))?;
            if !self.within(key, &value, depth)? {
                return Ok(false);
            }
        }
        self.text.push(b'}');
        Ok(true)
    }

    /// Adds a key to the place.
    fn step(&mut self, key: &str) {
        /// Characters of a key in a message.
        const SHOWN: usize = 40;
        self.path.push('/');
        self.path.extend(key.chars().take(SHOWN).flat_map(char::escape_debug));
    }

    fn within(&mut self, key: &str, value: &Value<'js>, depth: usize) -> Result<bool, Failure> {
        let before = self.path.len();
        self.step(key);
        let is_written = self.write(value, depth + 1)?;
        self.path.truncate(before);
        Ok(is_written)
    }
}

/// Returns the text of a number that is finite.
fn number_text(number: f64) -> String {
    if number.fract() == 0.0 && number.abs() <= MAX_INTEGER {
        return (number as i64).to_string();
    }
    serde_json::Number::from_f64(number).map_or_else(String::new, |number| number.to_string())
}

/// Reads a text that [`text_of`] wrote. `None` for any other text, which may be of a damaged file.
pub fn parse(text: &[u8]) -> Option<Json> {
    if text.len() > MAX_STATE {
        return None;
    }
    let json: Json = serde_json::from_slice(text).ok()?;
    (is_plain(&json, 0) && serde_json::to_vec(&json).ok()? == text).then_some(json)
}

/// Returns whether a value can be that of a state: not too deep, with sorted keys, and with numbers as [`number_text`] writes them.
fn is_plain(json: &Json, depth: usize) -> bool {
    depth <= MAX_DEPTH
        && match json {
            Json::Number(number) => number.as_f64().is_some_and(|real| number.to_string() == number_text(real)),
            Json::Array(list) => list.iter().all(|each| is_plain(each, depth + 1)),
            // A map of serde_json may have the order of the text, if another crate of the build wants that.
            Json::Object(map) => map.keys().is_sorted() && map.values().all(|each| is_plain(each, depth + 1)),
            _ => true,
        }
}

/// Makes the value of a state. Its objects have no prototype, so that a key from a log, such as `constructor`, is a key like
/// all others.
pub fn value_of<'js>(running: &Running<'_, 'js>, json: &Json) -> rquickjs::Result<Value<'js>> {
    let js = &running.js;
    Ok(match json {
        Json::Null => Value::new_null(js.clone()),
        Json::Bool(boolean) => Value::new_bool(js.clone(), *boolean),
        Json::Number(number) => Value::new_number(js.clone(), number.as_f64().unwrap_or_default()),
        Json::String(text) => rquickjs::String::from_str(js.clone(), text)?.into_value(),
        Json::Array(list) => {
            let array = Array::new(js.clone())?;
            for (index, each) in list.iter().enumerate() {
                array.set(index, value_of(running, each)?)?;
            }
            array.into_value()
        }
        Json::Object(map) => {
            let object = Object::new_proto(js.clone(), None)?;
            for (key, each) in map {
                object.set(key.as_str(), value_of(running, each)?)?;
            }
            object.into_value()
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_has_one_text() {
        for text in [
            "null",
            "0",
            "-1",
            "1.5",
            "1e+300",
            "1e-300",
            "9007199254740991",
            "[]",
            r#"{"":1,"a":[true,"\u0000"]}"#,
            r#"{"__proto__":1}"#,
        ] {
            assert!(parse(text.as_bytes()).is_some(), "{text}");
        }
        let deep = "[".repeat(80) + &"]".repeat(80);
        for text in [
            "",
            " 1",
            "1.0",
            "-0",
            "1E5",
            "100000.0",
            r#"{"b":1,"a":2}"#,
            r#"{"a":1,"a":1}"#,
            r#""\u0061""#,
            "NaN",
            &deep,
            "\u{feff}1",
            "9007199254740993",
        ] {
            assert!(parse(text.as_bytes()).is_none(), "{text}");
        }
        assert_eq!(number_text(-0.0), "0");
    }
}
