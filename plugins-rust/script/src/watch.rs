//! Ends calls that take too long, and calls that the host cancels.
use plughost::Context;
use std::mem::MaybeUninit;
use std::ptr::null_mut;
use std::sync::atomic::{AtomicPtr, AtomicU64, AtomicU8, Ordering::Relaxed};
use std::sync::Arc;
use std::time::Duration;

/// Why a call was interrupted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Interruption {
    /// The host cancelled the call, or its deadline has passed.
    Cancelled,
    /// It took more than the limit of processor time for one step.
    TooLong,
}

/// Watches one interpreter. One thread at a time uses it.
pub struct Watch {
    /// The context of the current call, or null.
    context: AtomicPtr<Context<'static>>,
    /// Counts the steps: the evaluation, each line, each other call of a function. The limit of time holds for a step.
    step: AtomicU64,
    /// 0, or an `Interruption` plus 1.
    interrupted: AtomicU8,
}

/// Resets the context at the end of a call.
struct During<'a>(&'a Watch);

impl Drop for During<'_> {
    fn drop(&mut self) {
        self.0.context.store(null_mut(), Relaxed);
    }
}

impl Watch {
    pub fn new() -> Arc<Self> {
        Arc::new(Watch { context: AtomicPtr::new(null_mut()), step: AtomicU64::new(0), interrupted: AtomicU8::new(0) })
    }

    /// Makes a call, during which `context` may cancel it.
    pub fn during<T>(&self, context: Option<&Context>, call: impl FnOnce() -> T) -> T {
        let context = context.map_or(null_mut(), |context| std::ptr::from_ref(context).cast_mut().cast());
        self.context.store(context, Relaxed);
        let _during = During(self);
        self.next_step();
        call()
    }

    /// Begins the next step, with the whole time.
    pub fn next_step(&self) {
        self.step.store(self.step.load(Relaxed) + 1, Relaxed);
    }

    /// Returns why the interpreter was interrupted. It must not be used any more after that.
    pub fn interruption(&self) -> Option<Interruption> {
        match self.interrupted.load(Relaxed) {
            0 => None,
            1 => Some(Interruption::Cancelled),
            _ => Some(Interruption::TooLong),
        }
    }

    /// Returns the function that QuickJS calls every few thousand operations, and that ends the call by returning true.
    /// Reads the clock only then, so a step that is quick never does. `now_ns` is the clock of deadlines.
    pub fn handler(
        self: &Arc<Self>,
        limit: Duration,
        now_ns: impl Fn() -> u64 + Send + 'static,
    ) -> Box<dyn FnMut() -> bool + Send> {
        let watch = self.clone();
        let (mut step, mut begin) = (0, Duration::ZERO);
        Box::new(move || {
            if watch.cancelled(&now_ns) {
                watch.interrupted.store(1, Relaxed);
                return true;
            }
            let now = thread_time();
            if step != watch.step.load(Relaxed) {
                (step, begin) = (watch.step.load(Relaxed), now);
            }
            if now.saturating_sub(begin) <= limit {
                return false;
            }
            watch.interrupted.store(2, Relaxed);
            true
        })
    }

    fn cancelled(&self, now_ns: impl Fn() -> u64) -> bool {
        // SAFETY: `during` stores a context that outlives the call, and resets it before it returns. QuickJS calls the handler
        // on the thread of the call.
        let Some(context) = (unsafe { self.context.load(Relaxed).as_ref() }) else { return false };
        context.cancelled() || context.deadline_ns().is_some_and(|deadline| now_ns() > deadline)
    }
}

/// Returns the processor time of this thread. A machine that is busy or suspended uses nothing up.
fn thread_time() -> Duration {
    let mut time = MaybeUninit::<libc::timespec>::zeroed();
    // SAFETY: The call fills the struct, which is all zero if it fails.
    let time = unsafe {
        libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, time.as_mut_ptr());
        time.assume_init()
    };
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rquickjs::{Context, Error, Runtime};

    const LIMIT: Duration = Duration::from_millis(50);

    /// Runs a script with the limit.
    fn run(watch: &Arc<Watch>, script: &str) -> Result<i32, Error> {
        let runtime = Runtime::new().unwrap();
        runtime.set_interrupt_handler(Some(watch.handler(LIMIT, || 0)));
        let context = Context::full(&runtime).unwrap();
        watch.during(None, || context.with(|js| js.eval(script)))
    }

    #[test]
    fn what_takes_too_long_is_interrupted() {
        for script in [
            "for (;;);",
            "try { for (;;); } catch { 1 } finally { 2 }",
            "/(a+)+b/.test('a'.repeat(40)); 1",
            "const f = () => { try { f(); } catch { f(); } }; f(); 1",
            "[1, 2].sort(() => { for (;;); }); 1",
        ] {
            let watch = Watch::new();
            assert!(run(&watch, script).is_err(), "{script}");
            assert_eq!(watch.interruption(), Some(Interruption::TooLong), "{script}");
        }
    }
}
