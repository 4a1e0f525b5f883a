use crate::{Changes, Context, Error, Found, Host, Keep, Lines, Output, Places, Sink};
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

/// A plugin that keeps some lines and drops the others. All shapes that it offers answer alike.
pub trait Filter: Plugin {
    /// Scratch memory of one worker.
    type State: Send;

    /// The answer for a line depends on that line alone.
    const LINEWISE: bool = true;
    /// Lines must be seen in input order, by one worker. `LINEWISE` then counts for nothing.
    const ORDERED: bool = false;
    /// Whether [`Filter::match_batch`] is offered to the host.
    const BATCH: bool = false;
    /// Whether [`Filter::scan`] is offered to the host.
    const SCAN: bool = false;
    /// Whether [`Filter::spans`] is offered to the host.
    const SPANS: bool = false;

    /// Makes the scratch memory of one worker.
    fn state(&self) -> Result<Self::State, Error>;

    /// Whether a line, without its newline, is kept.
    fn matches(&self, state: &mut Self::State, line: &[u8]) -> Result<bool, Error>;

    /// Many lines at once; one guard and one call serve them all.
    fn match_batch(&self, state: &mut Self::State, ctx: &Context, lines: &Lines, keep: &mut Keep) -> Result<(), Error> {
        if ctx.cancelled() {
            return Err(Error::cancelled());
        }
        for (i, line) in lines.iter().enumerate() {
            if self.matches(state, line)? {
                keep.keep(i);
            }
        }
        Ok(())
    }

    /// A hint for the host, asked for index 0, 1, … until there is none: texts of which every kept line holds at least
    /// one, as it stands, so that only such lines need be asked for. At most 16, of 1 to 1024 bytes, without newline.
    fn literal(&self, index: usize) -> Option<&[u8]> {
        let _ = index;
        None
    }

    /// Searches a block of whole lines from `found.cursor()` on, until it is full or the block's end is decided.
    fn scan(&self, state: &mut Self::State, ctx: &Context, block: &[u8], found: &mut Found) -> Result<(), Error> {
        let _ = (state, ctx, block, found);
        Err(Error::invalid("this filter offers no scan"))
    }

    /// Tells where in a line, given without its newline, the filter finds what keeps the line; nothing for a line that
    /// it does not keep. Places ascend and do not overlap; an empty one touches neither the place before it nor the one
    /// behind it. The host asks about lines that it shows, in any order.
    fn spans(&self, state: &mut Self::State, ctx: &Context, line: &[u8], places: &mut Places) -> Result<(), Error> {
        let _ = (state, ctx, line, places);
        Err(Error::invalid("this filter offers no spans"))
    }
}

/// A plugin that puts other lines in the place of lines: one, several or none for each. All shapes that it offers do
/// alike.
pub trait Transform: Plugin {
    /// Scratch memory of one worker.
    type State: Send;

    /// What becomes of a line depends on that line alone.
    const LINEWISE: bool = true;
    /// Lines must be seen in input order, by one worker. `LINEWISE` then counts for nothing.
    const ORDERED: bool = false;
    /// Whether [`Transform::transform_batch`] is offered to the host.
    const BATCH: bool = true;

    /// Makes the scratch memory of one worker.
    fn state(&self) -> Result<Self::State, Error>;

    /// Takes a line without its newline. It stays as it is, at no cost, unless `out` is asked to change it.
    fn transform(&self, state: &mut Self::State, line: &[u8], out: &mut Output) -> Result<(), Error>;

    /// Many lines at once; one guard and one call serve them all.
    fn transform_batch(
        &self,
        state: &mut Self::State,
        ctx: &Context,
        lines: &Lines,
        changes: &mut Changes,
    ) -> Result<(), Error> {
        if ctx.cancelled() {
            return Err(Error::cancelled());
        }
        for (i, line) in lines.iter().enumerate() {
            self.transform(state, line, &mut changes.of(i))?;
        }
        Ok(())
    }
}

/// A plugin that turns kept lines into bytes of another format.
pub trait Exporter: Plugin {
    /// Scratch memory of one worker.
    type State: Send;

    /// The bytes of a line depend on that line alone, so blocks may be written in parallel.
    const ROWWISE: bool;
    /// Whether it writes [`Lines::number`]; then blocks are written one after the other.
    const NUMBERS: bool = false;
    /// Whether it writes [`Lines::input_name`].
    const NAMES: bool = false;

    /// Makes the scratch memory of one worker.
    fn state(&self) -> Result<Self::State, Error>;

    /// What comes before the first line.
    fn begin(&self, state: &mut Self::State, ctx: &Context, out: &mut Sink) -> Result<(), Error> {
        let _ = (state, ctx, out);
        Ok(())
    }

    /// The next lines, and the rows that are made of them. The SDK offers one line at a time, so that it can tell the
    /// host which rows are complete when the host has no room for more.
    fn write(&self, state: &mut Self::State, ctx: &Context, lines: &Lines, out: &mut Sink) -> Result<(), Error>;

    /// What comes after the last line.
    fn end(&self, state: &mut Self::State, ctx: &Context, out: &mut Sink) -> Result<(), Error> {
        let _ = (state, ctx, out);
        Ok(())
    }
}
