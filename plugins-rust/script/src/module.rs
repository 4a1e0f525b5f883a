//! What the host hands over: the texts of a script's files, its manifest, and its options.
use plughost::Error;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::collections::HashMap;

/// The configuration of `init`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Config<'a> {
    module: Vec<File>,
    #[serde(borrow)]
    config: &'a RawValue,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    name: String,
    text: String,
}

/// What a script's functions get for a line.
#[derive(Deserialize, Debug, Clone, Copy, Default, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum LineType {
    /// A string. Bytes that are not UTF-8 become U+FFFD.
    #[default]
    Text,
    /// A `Uint8Array`.
    Bytes,
}

/// The fields of a script's manifest that matter here. The host checks all of them.
#[derive(Deserialize, Debug)]
pub struct Manifest {
    pub name: String,
    #[serde(default)]
    pub description: String,
    pub extensions: Option<Vec<String>>,
    #[serde(default)]
    pub lines: LineType,
    /// Whether the script must see all lines in input order, by one interpreter.
    #[serde(default)]
    pub ordered: bool,
}

/// A script.
pub struct Module {
    /// The name of the file that the user named.
    pub main: String,
    /// The texts of all files by their names, which are paths from the folder of the main file.
    pub files: HashMap<String, String>,
    pub manifest: Manifest,
    /// The options, as JSON.
    pub options: String,
}

impl Module {
    pub fn parse(config: &[u8]) -> Result<Self, Error> {
        let config: Config = serde_json::from_slice(config)
            .map_err(|error| Error::config(format!("this is an adapter, which runs scripts: {error}")))?;
        let Some(main) = config.module.first() else { return Err(Error::config("the module has no file")) };
        let manifest = manifest_of(&main.text).map_err(|reason| Error::config(format!("{}:{reason}", main.name)))?;
        Ok(Module {
            main: main.name.clone(),
            manifest,
            options: config.config.get().to_string(),
            files: config.module.into_iter().map(|file| (file.name, file.text)).collect(),
        })
    }
}

/// Reads the manifest from the first comment of a script, `/* plughost {…} */`. An error begins with line and column.
fn manifest_of(text: &str) -> Result<Manifest, String> {
    let missing = || "1:1: the first comment must hold the manifest: /* plughost { \"id\": …, … } */".to_string();
    let body = text.trim_start().strip_prefix("/*").and_then(|rest| rest.trim_start().strip_prefix("plughost"));
    let body = body.ok_or_else(missing)?;
    let json = &body[..body.find("*/").ok_or_else(missing)?];
    serde_json::from_str(json).map_err(|error| {
        let before = &text[..text.len() - body.len()];
        let (line, column) = (before.matches('\n').count() + error.line(), error.column());
        let column = match (error.line(), before.rfind('\n')) {
            (1, Some(newline)) => before.len() - newline - 1 + column,
            (1, None) => before.len() + column,
            _ => column,
        };
        let reason = error.to_string();
        let reason = reason.rsplit_once(" at line ").map_or(reason.as_str(), |(reason, _)| reason);
        format!("{line}:{column}: the manifest: {reason}")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_manifest_is_the_first_comment() {
        let fine = r#"{ "id": "org.example.x", "name": "x", "version": "1.0.0" }"#;
        for text in [
            format!("/* plughost {fine} */ code"),
            format!("/*plughost{fine}*/"),
            format!("\n\n/*\n plughost\n{fine}\n*/"),
        ] {
            let manifest = manifest_of(&text).unwrap();
            assert_eq!((manifest.name.as_str(), manifest.lines, manifest.ordered), ("x", LineType::Text, false));
        }
        let more =
            r#"/* plughost { "name": "y", "lines": "bytes", "ordered": true, "extensions": ["a/1"], "else": 1 } */"#;
        let manifest = manifest_of(more).unwrap();
        assert_eq!((manifest.lines, manifest.ordered), (LineType::Bytes, true));
        assert_eq!(manifest.extensions.unwrap(), ["a/1"]);
    }

    #[test]
    fn a_bad_manifest_is_named_with_its_place() {
        let missing = "1:1: the first comment must hold the manifest: /* plughost { \"id\": …, … } */";
        let refused = [
            ("", missing),
            ("// plughost {}", missing),
            ("/* plughosts {} */", "1:12: the manifest: expected value"),
            ("/* plughost { \"name\": \"x\" }", missing),
            ("/* plughost {} */", "1:14: the manifest: missing field `name`"),
            ("\n/* plughost\n { \"name\": x } */", "3:12: the manifest: expected value"),
            ("\n /* plughost { \"name\": 1 } */", "2:24: the manifest: invalid type: integer `1`, expected a string"),
            (
                "/* plughost {\"name\": \"x\", \"lines\": \"rows\"} */",
                "1:41: the manifest: unknown variant `rows`, expected `text` or `bytes`",
            ),
            (
                "/* plughost {\"name\": \"x\", \"ordered\": 1} */",
                "1:38: the manifest: invalid type: integer `1`, expected a boolean",
            ),
        ];
        for (text, reason) in refused {
            assert_eq!(manifest_of(text).unwrap_err(), reason, "{text}");
        }
    }
}
