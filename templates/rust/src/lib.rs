use plughost::{Context, Error, Host, Plugin, Sink};
use std::ffi::CStr;

/// Looks for a text. Several threads use it at once, so nothing in it changes.
struct Search {
    text: String,
}

impl Plugin for Search {
    const NAME: &'static CStr = c"template";

    /// Reads the options. The host has checked them against the manifest and filled in defaults.
    fn new(config: &[u8], _host: Host) -> Result<Self, Error> {
        let config: serde_json::Value =
            serde_json::from_slice(config).map_err(|error| Error::config(error.to_string()))?;
        match config["text"].as_str() {
            Some(text) if !text.is_empty() => Ok(Search { text: text.to_string() }),
            _ => Err(Error::config("the option \"text\" is not a text")),
        }
    }

    /// Writes what `plughost load` shows.
    fn run(&self, _ctx: &Context, out: &mut Sink) -> Result<(), Error> {
        out.put(format!("Looks for {}", self.text))
    }
}

// kind: filter, transform
impl Search {
    /// Returns where the text is first.
    fn find(&self, line: &[u8]) -> Option<usize> {
        line.windows(self.text.len()).position(|part| part == self.text.as_bytes())
    }
}
// end

// kind: filter
impl plughost::Filter for Search {
    type State = ();

    fn state(&self) -> Result<(), Error> {
        Ok(())
    }

    /// Returns whether a line, given without its newline, is kept.
    fn matches(&self, _state: &mut (), line: &[u8]) -> Result<bool, Error> {
        Ok(self.find(line).is_some())
    }
}
// end

// kind: transform
impl plughost::Transform for Search {
    type State = ();

    fn state(&self) -> Result<(), Error> {
        Ok(())
    }

    /// Writes the lines that take the place of a line. A line for which nothing is written stays as it is.
    fn transform(&self, _state: &mut (), line: &[u8], out: &mut plughost::Output) -> Result<(), Error> {
        let Some(mut at) = self.find(line) else { return Ok(()) };
        let (mut made, mut rest) = (Vec::new(), line);
        loop {
            made.extend_from_slice(&rest[..at]);
            made.extend_from_slice(format!("[{}]", self.text).as_bytes());
            rest = &rest[at + self.text.len()..];
            match self.find(rest) {
                Some(next) => at = next,
                None => break,
            }
        }
        made.extend_from_slice(rest);
        out.put_line(made)
    }
}
// end

// kind: exporter
impl plughost::Exporter for Search {
    type State = ();

    /// What is written for a line depends on that line alone.
    const ROWWISE: bool = true;

    fn state(&self) -> Result<(), Error> {
        Ok(())
    }

    /// Writes what comes before the first line.
    fn begin(&self, _state: &mut (), _ctx: &Context, out: &mut Sink) -> Result<(), Error> {
        out.put(format!("# {}\n\n", self.text))
    }

    /// Writes the next lines.
    fn write(&self, _state: &mut (), _ctx: &Context, lines: &plughost::Lines, out: &mut Sink) -> Result<(), Error> {
        for line in lines.iter() {
            out.put([b"- ", line, b"\n"].concat())?;
        }
        Ok(())
    }
}
// end

plughost::export!(Search: Filter + Transform + Exporter, {
    "id": "org.example.template",
    "name": "template",
    "version": "0.1.0",
    "description": "Looks for a text",
    "panic": "unwind",
    "extensions": ["plug.filter/1", "plug.transform/1", "plug.exporter/1"],
    "config": {
        "type": "object",
        "properties": {
            "text": { "type": "string", "minLength": 1, "default": "ERROR", "description": "What to look for" }
        },
        "additionalProperties": false
    }
});

// kind: filter, transform
#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_text() {
        let search = Search { text: "ERROR".to_string() };
        assert_eq!(search.find(b"an ERROR"), Some(3));
        assert_eq!(search.find(b"all is well"), None);
    }
}
// end
