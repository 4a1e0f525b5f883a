use crate::{Context, Error, Host, Sink};
use std::ffi::CStr;

/// A plugin. Shared by all workers after [`Plugin::new`], hence `Send + Sync`.
pub trait Plugin: Sized + Send + Sync + 'static {
    /// The name that people see.
    const NAME: &'static CStr;

    /// Builds the plugin out of its config: bytes of a JSON object that fits the manifest's schema.
    fn new(config: &[u8], host: Host) -> Result<Self, Error>;

    /// Does the plugin's own job once, and writes its text to `out`.
    fn run(&self, ctx: &Context, out: &mut Sink) -> Result<(), Error>;
}
