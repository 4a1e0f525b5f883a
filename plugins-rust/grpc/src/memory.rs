//! Memory that the program maps too, so that lines reach it without travelling.
use plughost::Host;
use std::ffi::CStr;
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use std::sync::Mutex;

/// Where the lines that the program is asked about lie.
pub enum Memory {
    /// The memory that the host reads inputs into. The program sees a block there without a copy.
    Blocks(Blocks),
    /// Memory of this process, which lines are copied to: for stages that must not see whole blocks.
    Copies(Copies),
}

impl Memory {
    pub fn new(host: &Host) -> io::Result<Memory> {
        match Blocks::of(host) {
            Some(blocks) => Ok(Memory::Blocks(blocks)),
            None => Copies::new().map(Memory::Copies),
        }
    }

    /// Returns the descriptor that the program gets. It can only read there.
    pub fn descriptor(&self) -> BorrowedFd<'_> {
        match self {
            // SAFETY: The host keeps it open until it has destroyed the plugin, and this process ends with the plugin.
            Memory::Blocks(blocks) => unsafe { BorrowedFd::borrow_raw(blocks.0.descriptor) },
            Memory::Copies(copies) => std::os::fd::AsFd::as_fd(&copies.descriptor),
        }
    }

    pub fn size(&self) -> u64 {
        match self {
            Memory::Blocks(blocks) => blocks.0.data_size,
            Memory::Copies(_) => Copies::SIZE as u64,
        }
    }
}

/// The id of the service that lends the memory of blocks, and its struct: `native/ipc/shared_blocks.hpp`.
const SHARED_BLOCKS: &CStr = c"plughost.blocks/1";

#[repr(C)]
#[derive(Clone, Copy)]
struct SharedBlocks {
    size: u32,
    descriptor: i32,
    data: *const u8,
    data_size: u64,
}

/// The memory of blocks, as the host maps it here.
pub struct Blocks(SharedBlocks);

// SAFETY: The pointer is used as a number alone.
unsafe impl Send for Blocks {}
// SAFETY: As for `Send`.
unsafe impl Sync for Blocks {}

impl Blocks {
    fn of(host: &Host) -> Option<Blocks> {
        // SAFETY: The id names this struct, and it lives until the host has destroyed the plugin.
        let shared = unsafe { host.extension(SHARED_BLOCKS).cast::<SharedBlocks>().as_ref() }?;
        (shared.size as usize >= size_of::<SharedBlocks>()).then_some(Blocks(*shared))
    }

    /// Returns where in the memory a text begins, if it lies there.
    pub fn find(&self, text: &[u8]) -> Option<u64> {
        let at = (text.as_ptr() as usize).checked_sub(self.0.data as usize)? as u64;
        (at.checked_add(text.len() as u64)? <= self.0.data_size).then_some(at)
    }
}

/// Bytes of a region. A request of the host has at most this many bytes, unless it is a single longer line.
const REGION: usize = 4 << 20;
/// A host asks by one state at a time, but may make more of them.
const REGIONS: usize = 16;

/// Memory that lines are copied to. Only this process can write there.
pub struct Copies {
    descriptor: OwnedFd,
    data: *mut u8,
    free: Mutex<Vec<usize>>,
}

// SAFETY: Each region has one user at a time, and the list of free ones is behind a lock.
unsafe impl Send for Copies {}
// SAFETY: As for `Send`.
unsafe impl Sync for Copies {}

impl Copies {
    const SIZE: usize = REGION * REGIONS;

    fn new() -> io::Result<Copies> {
        let flags = libc::MFD_CLOEXEC | libc::MFD_ALLOW_SEALING;
        // SAFETY: The name ends with NUL.
        let descriptor = unsafe { libc::memfd_create(c"plughost lines".as_ptr(), flags) };
        if descriptor < 0 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: The system has just opened it, and nobody else knows it.
        let descriptor = unsafe { OwnedFd::from_raw_fd(descriptor) };
        // SAFETY: The descriptor is open.
        if unsafe { libc::ftruncate(descriptor.as_raw_fd(), Self::SIZE as libc::off_t) } != 0 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: A new mapping of an open file, which has this size.
        let data = unsafe {
            let access = libc::PROT_READ | libc::PROT_WRITE;
            libc::mmap(std::ptr::null_mut(), Self::SIZE, access, libc::MAP_SHARED, descriptor.as_raw_fd(), 0)
        };
        if data == libc::MAP_FAILED {
            return Err(io::Error::last_os_error());
        }
        let copies =
            Copies { descriptor, data: data.cast(), free: Mutex::new((0..REGIONS).map(|i| i * REGION).collect()) };
        // The program must not change what it was asked about, and not the size, which would end this process.
        let seals = libc::F_SEAL_SHRINK | libc::F_SEAL_GROW | libc::F_SEAL_FUTURE_WRITE | libc::F_SEAL_SEAL;
        // SAFETY: The descriptor is open.
        if unsafe { libc::fcntl(copies.descriptor.as_raw_fd(), libc::F_ADD_SEALS, seals) } != 0 {
            return Err(io::Error::last_os_error());
        }
        Ok(copies)
    }

    /// Takes a region, if one is free. Returns where it begins.
    pub fn take(&self) -> Option<usize> {
        self.free.lock().ok()?.pop()
    }

    pub fn give_back(&self, at: usize) {
        if let Ok(mut free) = self.free.lock() {
            free.push(at);
        }
    }

    /// Copies parts into a region one after the other. Returns their size, or nothing when they do not fit.
    pub fn fill(&self, at: usize, parts: &[&[u8]]) -> Option<usize> {
        let mut size = 0;
        for part in parts {
            if part.len() > REGION - size {
                return None;
            }
            // SAFETY: The region begins at `at`, the caller has taken it, and the part fits into what is left of it.
            unsafe { self.data.add(at + size).copy_from_nonoverlapping(part.as_ptr(), part.len()) };
            size += part.len();
        }
        Some(size)
    }
}

impl Drop for Copies {
    fn drop(&mut self) {
        // SAFETY: The mapping is that of `new`, and nobody uses it any more.
        unsafe { libc::munmap(self.data.cast(), Self::SIZE) };
    }
}
