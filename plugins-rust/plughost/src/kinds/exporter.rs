//! An exporter: its trait, and its functions as C sees them.
use crate::abi::{self, status};
use crate::entry::{given, given_mut, guard, state_free, state_new, state_of, Instance};
use crate::sink::offer;
use crate::{Context, Error, Lines, Plugin, Sink};
use std::ffi::c_void;
use std::marker::PhantomData;

/// A plugin that writes the kept lines in another format.
pub trait Exporter: Plugin {
    /// The state of one worker, which the methods may change. The SDK passes it to one call at a time.
    type State: Send;

    /// Whether the bytes of a line depend on that line alone. The host may then write blocks in parallel.
    const ROWWISE: bool;
    /// Whether it uses [`Lines::number`]. The host then writes blocks one after the other, because it must count.
    const NUMBERS: bool = false;
    /// Whether it uses [`Lines::input_name`].
    const NAMES: bool = false;
    /// Whether [`Exporter::write`] gets many lines at once.
    const BATCH: bool = false;

    /// Returns whether workers may write blocks in parallel, as `ROWWISE` says for all instances. The host asks after
    /// [`Plugin::new`]. A plugin that runs what others wrote may only know it then.
    fn rowwise(&self) -> bool {
        Self::ROWWISE
    }

    /// Returns whether this instance uses [`Lines::number`], as `NUMBERS` says for all instances.
    fn uses_numbers(&self) -> bool {
        Self::NUMBERS
    }

    /// Returns whether this instance uses [`Lines::input_name`], as `NAMES` says for all instances.
    fn uses_names(&self) -> bool {
        Self::NAMES
    }

    /// Makes the state of one worker.
    fn state(&self) -> Result<Self::State, Error>;

    /// Writes what comes before the first line.
    fn begin(&self, state: &mut Self::State, ctx: &Context, out: &mut Sink) -> Result<(), Error> {
        let _ = (state, ctx, out);
        Ok(())
    }

    /// Writes the rows for the next lines. The SDK passes one line at a time: when the sink of the host is full, it can
    /// then report which lines are complete. With [`Exporter::BATCH`] it passes all lines that it has. The host must then
    /// have room for all their rows, or the call fails.
    fn write(&self, state: &mut Self::State, ctx: &Context, lines: &Lines, out: &mut Sink) -> Result<(), Error>;

    /// Writes what comes after the last line.
    fn end(&self, state: &mut Self::State, ctx: &Context, out: &mut Sink) -> Result<(), Error> {
        let _ = (state, ctx, out);
        Ok(())
    }
}

type Edge =
    unsafe extern "C" fn(*const abi::Plugin, *mut c_void, *const abi::Ctx, *mut abi::Sink, *mut abi::Error) -> i32;

/// `plug_exporter` of the C contract.
#[repr(C)]
pub struct Calls {
    pub size: u32,
    pub flags: u32,
    pub state_new: Option<abi::StateNew>,
    pub state_free: Option<abi::StateFree>,
    pub begin: Option<Edge>,
    #[allow(clippy::type_complexity)]
    pub write: Option<
        unsafe extern "C" fn(
            *const abi::Plugin,
            *mut c_void,
            *const abi::Ctx,
            *const abi::Lines,
            *mut u32,
            *mut abi::Sink,
            *mut abi::Error,
        ) -> i32,
    >,
    pub end: Option<Edge>,
    /// This SDK writes lines only.
    pub begin_rows: Option<unsafe extern "C" fn()>,
    pub write_rows: Option<unsafe extern "C" fn()>,
}

/// The C functions of a plugin `P`.
pub struct Entries<P>(PhantomData<P>);

/// The state of one worker: that of the plugin, and the rows that the sink of the host has not taken yet.
struct Writer<S> {
    state: S,
    rows: Rows,
}

/// Rows that wait for the sink of the host, one for each line, oldest first.
#[derive(Default)]
struct Rows {
    bytes: Vec<u8>,
    /// The end of each row in `bytes`.
    ends: Vec<usize>,
}

/// Bytes of rows to collect before offering them to the sink of the host. 64 KiB make the calls of the sink rare.
const COLLECTED: usize = 64 << 10;

impl Rows {
    /// Offers all rows to the sink of the host at once. If it takes none, offers them one by one: a sink takes all bytes of
    /// an offer or nothing. Removes the rows that it took and returns their number.
    fn send(&mut self, sink: &mut abi::Sink) -> Result<usize, Error> {
        if self.bytes.is_empty() || offer(sink, &self.bytes)? {
            let sent = self.ends.len();
            self.bytes.clear();
            self.ends.clear();
            return Ok(sent);
        }
        let (mut sent, mut begin) = (0, 0);
        while let Some(&end) = self.ends.get(sent) {
            if !offer(sink, &self.bytes[begin..end])? {
                break;
            }
            (sent, begin) = (sent + 1, end);
        }
        self.bytes.drain(..begin);
        self.ends.drain(..sent);
        self.ends.iter_mut().for_each(|end| *end -= begin);
        Ok(sent)
    }
}

/// Returns a batch with some lines of another batch. `index + count` must be at most the count of that.
fn part(lines: &abi::Lines, index: usize, count: usize) -> abi::Lines {
    let origins = Lines(lines).origins();
    let numbers = Lines(lines).numbers();
    abi::Lines {
        size: size_of::<abi::Lines>() as u32,
        count: count as u32,
        spans: &Lines(lines).spans()[index],
        block: lines.block,
        block_offset: lines.block_offset,
        input: lines.input,
        reserved: 0,
        origins: origins.get(index).map_or(std::ptr::null(), std::ptr::from_ref),
        numbers: numbers.get(index).map_or(std::ptr::null(), std::ptr::from_ref),
        input_name: Lines(lines).name(),
    }
}

// "The contract" in the SAFETY comments below is what `entry.rs` says: the host passes an instance of this plugin that it
// has not destroyed, and pointers that are null or valid for the call.
impl<P: Exporter> Entries<P> {
    const fn made(flags: u32) -> Calls {
        Calls {
            size: size_of::<Calls>() as u32,
            flags,
            state_new: Some(Self::state_new),
            state_free: Some(state_free::<P, Writer<P::State>>),
            begin: Some(Self::begin),
            write: Some(Self::write),
            end: Some(Self::end),
            begin_rows: None,
            write_rows: None,
        }
    }

    /// A struct for each combination of flags, which is its index.
    const EACH: [Calls; 8] = [
        Self::made(0),
        Self::made(1),
        Self::made(2),
        Self::made(3),
        Self::made(4),
        Self::made(5),
        Self::made(6),
        Self::made(7),
    ];

    /// Returns the struct of an instance.
    pub fn calls(plugin: Option<&P>) -> &'static Calls {
        let flag = |set: bool, flag: u32| if set { flag } else { 0 };
        let flags = flag(plugin.map_or(P::ROWWISE, P::rowwise), super::EXPORTER_ROWWISE)
            | flag(plugin.map_or(P::NUMBERS, P::uses_numbers), super::EXPORTER_NUMBERS)
            | flag(plugin.map_or(P::NAMES, P::uses_names), super::EXPORTER_NAMES);
        let each: &'static [Calls; 8] = &Self::EACH;
        &each[flags as usize]
    }

    unsafe extern "C" fn state_new(plugin: *const abi::Plugin, error: *mut abi::Error) -> *mut c_void {
        let make = |plugin: &P| Ok(Writer { state: plugin.state()?, rows: Rows::default() });
        // SAFETY: The host passes a live instance and pointers that are null or valid for the call.
        unsafe { state_new(plugin, error, make) }
    }

    unsafe extern "C" fn begin(
        plugin: *const abi::Plugin,
        state: *mut c_void,
        ctx: *const abi::Ctx,
        out: *mut abi::Sink,
        error: *mut abi::Error,
    ) -> i32 {
        let entry = |instance: &Instance<P>| {
            // SAFETY: The host passes a live instance and pointers that are null or valid for the call.
            let (ctx, out, writer) =
                unsafe { (given(ctx, "ctx")?, given_mut(out, "the sink")?, state_of::<Writer<P::State>>(state)?) };
            instance.plugin()?.begin(&mut writer.state, &Context(ctx), &mut Sink::to_host(out))?;
            Ok(status::OK.into())
        };
        // SAFETY: The host passes a live instance and pointers that are null or valid for the call.
        unsafe { guard::<P>(plugin, error, entry) as i32 }
    }

    /// Makes the row of each line and offers it to the host. Rows that do not fit into the sink stay in the state, and the
    /// host learns that their lines are not taken. When it passes these lines again, the stored rows are sent.
    unsafe extern "C" fn write(
        plugin: *const abi::Plugin,
        state: *mut c_void,
        ctx: *const abi::Ctx,
        lines: *const abi::Lines,
        taken: *mut u32,
        out: *mut abi::Sink,
        error: *mut abi::Error,
    ) -> i32 {
        let entry = |instance: &Instance<P>| {
            // SAFETY: The host passes a live instance and pointers that are null or valid for the call.
            let (ctx, lines, taken) =
                unsafe { (given(ctx, "ctx")?, given(lines, "lines")?, given_mut(taken, "taken")?) };
            // SAFETY: The host passes a live instance and pointers that are null or valid for the call.
            let (out, writer) = unsafe { (given_mut(out, "the sink")?, state_of::<Writer<P::State>>(state)?) };
            let (plugin, ctx, rows) = (instance.plugin()?, Context(ctx), &mut writer.rows);
            let count = lines.count as usize;
            let mut next = rows.ends.len();
            if next > count {
                return Err(Error::invalid("fewer lines are passed than the last call left"));
            }
            let mut sent = 0;
            loop {
                while next < count && rows.bytes.len() < COLLECTED {
                    let taken = if P::BATCH { count - next } else { 1 };
                    // The rows of several lines count as the row of the last one.
                    rows.ends.resize(rows.ends.len() + taken - 1, rows.bytes.len());
                    let some = part(lines, next, taken);
                    plugin.write(&mut writer.state, &ctx, &Lines(&some), &mut Sink::to_row(&mut rows.bytes))?;
                    rows.ends.push(rows.bytes.len());
                    next += taken;
                }
                sent += rows.send(out)?;
                if sent == count {
                    return Ok(status::OK.into());
                }
                if !rows.ends.is_empty() {
                    break;
                }
            }
            if sent == 0 {
                return Err(Error::no_memory());
            }
            *taken = sent as u32;
            Ok(status::AGAIN.into())
        };
        // SAFETY: The host passes a live instance and pointers that are null or valid for the call.
        unsafe { guard::<P>(plugin, error, entry) as i32 }
    }

    unsafe extern "C" fn end(
        plugin: *const abi::Plugin,
        state: *mut c_void,
        ctx: *const abi::Ctx,
        out: *mut abi::Sink,
        error: *mut abi::Error,
    ) -> i32 {
        let entry = |instance: &Instance<P>| {
            // SAFETY: The host passes a live instance and pointers that are null or valid for the call.
            let (ctx, out, writer) =
                unsafe { (given(ctx, "ctx")?, given_mut(out, "the sink")?, state_of::<Writer<P::State>>(state)?) };
            if !writer.rows.ends.is_empty() {
                return Err(Error::invalid("the export was ended before all lines were passed again"));
            }
            instance.plugin()?.end(&mut writer.state, &Context(ctx), &mut Sink::to_host(out))?;
            Ok(status::OK.into())
        };
        // SAFETY: The host passes a live instance and pointers that are null or valid for the call.
        unsafe { guard::<P>(plugin, error, entry) as i32 }
    }
}
