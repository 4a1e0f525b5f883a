//! What goes wrong in Rust: what the guard of the SDK catches, and what it cannot.
use std::cell::RefCell;
use std::hint::black_box;
use std::panic::panic_any;

pub type Fault = fn();

/// A fault by its name.
pub fn find(name: &str) -> Option<Fault> {
    let fault: Fault = match name {
        "panic" => || panic!("a line that it does not like"),
        "panic-without-words" => || panic_any(42),
        "panic-of-dirt" => || panic!("\x1b[31mred\x1b]0;title\x07\n{}", "\u{fffd}".repeat(1000)),
        "index" => || _ = black_box([1, 2, 3].as_slice())[black_box(3)],
        "unwrap" => || _ = black_box(None::<u8>).unwrap(),
        "borrow-twice" => borrow_twice,
        "capacity" => || _ = black_box(Vec::<u64>::with_capacity(black_box(usize::MAX))),
        "panic-in-thread" => || assert!(std::thread::spawn(|| panic!("in a thread")).join().is_err()),
        "panic-in-c" => || in_c(),
        "panic-in-drop" => || {
            let _dropped = PanicInDrop;
            panic!("the first");
        },
        "panic-in-payload" => || panic_any(PanicInDrop),
        "abort" => || std::process::abort(),
        "exit" => || std::process::exit(0),
        "stack-overflow" => || _ = recurse(1),
        "allocate" => allocate,
        // SAFETY: There is none: this is the crash that the fault is about.
        "null" => || unsafe { black_box(std::ptr::null_mut::<u8>()).write_volatile(1) },
        _ => return None,
    };
    Some(fault)
}

fn borrow_twice() {
    let cell = RefCell::new(0);
    let _first = cell.borrow_mut();
    black_box(cell.borrow_mut());
}

/// A panic cannot leave a function of C.
extern "C" fn in_c() {
    panic!("in a function of C");
}

struct PanicInDrop;

impl Drop for PanicInDrop {
    fn drop(&mut self) {
        panic!("while it is dropped");
    }
}

fn recurse(depth: u64) -> u64 {
    let frame = black_box([depth; 64]);
    if black_box(depth) == 0 {
        return 0;
    }
    recurse(depth + 1) + frame[0]
}

fn allocate() {
    let mut all = Vec::new();
    loop {
        all.push(black_box(vec![1u8; 16 << 20]));
    }
}
