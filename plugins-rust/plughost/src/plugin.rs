use crate::{Context, Error, Host, Sink};
use std::ffi::CStr;

/// A plugin. All workers share it after [`Plugin::new`], so it is `Send + Sync`.
pub trait Plugin: Sized + Send + Sync + 'static {
    /// The name that the host shows to users.
    const NAME: &'static CStr;

    /// Makes the plugin from its configuration: a JSON object as UTF-8, which the host has checked against the schema of
    /// the manifest. An error of [`Error::config`] names the option that cannot be used.
    fn new(config: &[u8], host: Host) -> Result<Self, Error>;

    /// Returns the name of this instance. The host asks after [`Plugin::new`]. A plugin that runs what others wrote, such as a
    /// script, may return the name of that.
    fn name(&self) -> &CStr {
        Self::NAME
    }

    /// Returns whether this instance offers an extension that [`export!`](crate::export!) lists. The host asks after
    /// [`Plugin::new`].
    fn offers(&self, id: &CStr) -> bool {
        let _ = id;
        true
    }

    /// Does the plugin's own job once and writes its text to `out`. Any thread may call it.
    fn run(&self, ctx: &Context, out: &mut Sink) -> Result<(), Error>;
}
