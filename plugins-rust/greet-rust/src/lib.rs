use plughost::{Context, Error, Host, Plugin, Sink};
use std::ffi::CStr;

struct Greet;
impl Plugin for Greet {
    const NAME: &'static CStr = c"Greeting";
    fn new(_config: &[u8], _host: Host) -> Result<Self, Error> {
        Ok(Greet)
    }
    fn run(&self, _ctx: &Context, out: &mut Sink) -> Result<(), Error> {
        out.put("Hello from Rust")
    }
}
plughost::export!(Greet, { "id": "org.plughost.greet-rust", "name": "greet-rust", "version": "0.1.0", "panic": "unwind" });
