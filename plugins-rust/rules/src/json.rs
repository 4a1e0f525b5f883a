//! A rules file as JSON. `src/loader/forms/rules.schema.json` describes the same for Node and for editors; a test holds
//! the two together.
use crate::fault::Fault;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Number;
use std::collections::HashMap;
use std::fmt::Formatter;
use std::marker::PhantomData;

/// A rules file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct File {
    /// The address of the schema, for editors.
    #[serde(rename = "$schema", default, deserialize_with = "present")]
    _schema: Option<String>,
    /// The version of the format. A number, because 1.0 is 1 in JSON.
    pub rules: f64,
    /// The id of the plugin.
    pub id: String,
    /// The name of the plugin.
    pub name: String,
    /// The version of the plugin.
    pub version: String,
    #[serde(rename = "description", default, deserialize_with = "present")]
    _description: Option<String>,
    #[serde(rename = "license", default, deserialize_with = "present")]
    _license: Option<String>,
    /// Which lines the filter keeps.
    #[serde(default, deserialize_with = "present")]
    pub keep: Option<Object<Condition>>,
    /// What the transform replaces.
    #[serde(default, deserialize_with = "present")]
    pub replace: Option<Vec<Object<Replacement>>>,
    /// Lines with what becomes of them.
    #[serde(default)]
    pub tests: Vec<Object<Test>>,
}

/// A condition. Exactly one of its fields, other than `ignore_case`, is set; [`crate::check`] refuses others.
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Condition {
    #[serde(default, deserialize_with = "present")]
    pub field: Option<String>,
    #[serde(default, deserialize_with = "present")]
    pub text: Option<Texts>,
    #[serde(default, deserialize_with = "present")]
    pub regex: Option<String>,
    #[serde(default, deserialize_with = "present")]
    pub starts_with: Option<String>,
    #[serde(default, deserialize_with = "present")]
    pub ends_with: Option<String>,
    #[serde(default, deserialize_with = "present")]
    pub equals: Option<Scalars>,
    #[serde(default, deserialize_with = "present")]
    pub above: Option<Bound>,
    #[serde(default, deserialize_with = "present")]
    pub at_least: Option<Bound>,
    #[serde(default, deserialize_with = "present")]
    pub below: Option<Bound>,
    #[serde(default, deserialize_with = "present")]
    pub at_most: Option<Bound>,
    #[serde(default, deserialize_with = "present")]
    pub exists: Option<bool>,
    #[serde(default, deserialize_with = "present")]
    pub ignore_case: Option<bool>,
    #[serde(default, deserialize_with = "present")]
    pub all: Option<Vec<Object<Condition>>>,
    #[serde(default, deserialize_with = "present")]
    pub any: Option<Vec<Object<Condition>>>,
    #[serde(default, deserialize_with = "present")]
    pub not: Option<Box<Object<Condition>>>,
}

/// One text or a list.
#[derive(Deserialize)]
#[serde(untagged, expecting = "it must be a text or a list of texts")]
#[allow(missing_docs)]
pub enum Texts {
    One(String),
    Several(Vec<String>),
}

/// What a field is compared with, or has in a test.
#[derive(Deserialize, Clone)]
#[serde(untagged, expecting = "it must be a text, a number, true or false")]
#[allow(missing_docs)]
pub enum Scalar {
    Boolean(bool),
    Number(Number),
    Text(String),
}

/// One value or a list.
#[derive(Deserialize)]
#[serde(untagged, expecting = "it must be a text, a number, true or false, or a list of texts or of numbers")]
#[allow(missing_docs)]
pub enum Scalars {
    One(Scalar),
    Several(Vec<Bound>),
}

/// A value that others can be below.
#[derive(Deserialize)]
#[serde(untagged, expecting = "it must be a text or a number")]
#[allow(missing_docs)]
pub enum Bound {
    Number(Number),
    Text(String),
}

impl From<Bound> for Scalar {
    fn from(bound: Bound) -> Scalar {
        match bound {
            Bound::Number(number) => Scalar::Number(number),
            Bound::Text(text) => Scalar::Text(text),
        }
    }
}

/// The values of a row by the names of their columns. A column that is null or missing has no value.
#[derive(Default)]
pub struct Fields(pub HashMap<String, Option<Scalar>>);

impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Each;
        impl<'de> Visitor<'de> for Each {
            type Value = Fields;

            fn expecting(&self, out: &mut Formatter) -> std::fmt::Result {
                out.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields, A::Error> {
                let mut fields = HashMap::new();
                while let Some((name, value)) = map.next_entry::<String, Option<Scalar>>()? {
                    if fields.contains_key(&name) {
                        return Err(A::Error::custom(format!("duplicate field {name:?}")));
                    }
                    fields.insert(name, value);
                }
                Ok(Fields(fields))
            }
        }
        from.deserialize_map(Each)
    }
}

/// One rule of a transform.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Replacement {
    pub regex: String,
    #[serde(default)]
    pub ignore_case: bool,
    pub with: String,
}

/// A line with what becomes of it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Test {
    pub line: String,
    /// The row that a parser makes of the line.
    #[serde(default)]
    pub fields: Fields,
    #[serde(default, deserialize_with = "present")]
    pub kept: Option<bool>,
    #[serde(default, deserialize_with = "present")]
    pub becomes: Option<String>,
}

/// A value that was an object in JSON. Without it serde takes a list for the fields in their order.
pub struct Object<T>(pub T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Only<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Only<T> {
            type Value = Object<T>;

            fn expecting(&self, out: &mut Formatter) -> std::fmt::Result {
                out.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Object<T>, A::Error> {
                T::deserialize(MapAccessDeserializer::new(map)).map(Object)
            }
        }
        from.deserialize_map(Only(PhantomData))
    }
}

/// Reads a field that may be missing but not null.
fn present<'de, T: Deserialize<'de>, D: Deserializer<'de>>(from: D) -> Result<Option<T>, D::Error> {
    T::deserialize(from).map(Some)
}

/// The deepest nesting of arrays and objects. Conditions may be nested 64 deep, which takes two levels each.
const MAX_JSON_DEPTH: usize = 160;

/// Reads a rules file. Refuses unknown and repeated keys.
pub fn parse(text: &str) -> Result<File, Fault> {
    if is_deeper(text, MAX_JSON_DEPTH) {
        return Err(Fault::at("", "its arrays and objects are nested too deep"));
    }
    let mut from = serde_json::Deserializer::from_str(text);
    // serde_json's own limit is less than conditions need.
    from.disable_recursion_limit();
    let file = Object::<File>::deserialize(&mut from).and_then(|Object(file)| from.end().map(|()| file));
    file.map_err(|error| Fault::at("", error.to_string()))
}

/// Returns whether arrays and objects in a JSON text are nested deeper than `limit`.
fn is_deeper(text: &str, limit: usize) -> bool {
    let (mut depth, mut in_string, mut escaped) = (0usize, false, false);
    for byte in text.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'[' | b'{' if !in_string => depth += 1,
            b']' | b'}' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > limit {
            return true;
        }
    }
    false
}
