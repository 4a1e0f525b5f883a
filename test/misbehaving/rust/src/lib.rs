//! A filter that keeps lines with "ERROR", and commits the fault of its config at lines with "POISON".
mod faults;

use faults::Fault;
use plughost::{Context, Error, Filter, Host, Plugin, Sink};
use std::ffi::CStr;

struct Misbehaving {
    fault: Option<Fault>,
}

/// The value of a text in a config, which the host writes without spaces.
fn text_in<'a>(config: &'a str, key: &str) -> &'a str {
    let start = format!("\"{key}\":\"");
    config.split_once(&start).and_then(|(_, rest)| rest.split_once('"')).map_or("", |(value, _)| value)
}

impl Plugin for Misbehaving {
    const NAME: &'static CStr = c"Misbehaving";

    fn new(config: &[u8], _host: Host) -> Result<Self, Error> {
        let config = std::str::from_utf8(config).map_err(|_| Error::config("not UTF-8"))?;
        let name = text_in(config, "fault");
        let fault = faults::find(name);
        if fault.is_none() && !name.is_empty() {
            return Err(Error::config(format!("there is no fault {name:?}")));
        }
        if text_in(config, "at") == "init" {
            fault.inspect(|commit| commit());
        }
        Ok(Misbehaving { fault })
    }

    fn run(&self, _ctx: &Context, out: &mut Sink) -> Result<(), Error> {
        out.put("did its own job")
    }
}

fn holds(line: &[u8], text: &[u8]) -> bool {
    line.windows(text.len()).any(|part| part == text)
}

impl Filter for Misbehaving {
    type State = ();
    const BATCH: bool = true;

    fn state(&self) -> Result<(), Error> {
        Ok(())
    }

    fn matches(&self, _: &mut (), line: &[u8]) -> Result<bool, Error> {
        if let Some(commit) = self.fault.filter(|_| holds(line, b"POISON")) {
            commit();
        }
        Ok(holds(line, b"ERROR"))
    }
}

plughost::export!(Misbehaving: Filter, {
    "id": "org.plughost.test.misbehaving-rust",
    "name": "misbehaving",
    "version": "0.1.0",
    "extensions": ["plug.filter/1"],
    "config": {
        "type": "object",
        "properties": {
            "fault": { "type": "string", "default": "" },
            "at": { "type": "string", "default": "filter" }
        }
    }
});
