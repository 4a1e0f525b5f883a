//! Memory that the program maps too, so that lines reach it without travelling.
use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::sync::Mutex;

/// Bytes of a region. A request of the host has at most this many bytes, unless it is a single longer line.
const REGION: usize = 4 << 20;
/// A host asks by one state at a time, but may make more of them.
const REGIONS: usize = 16;

/// The memory, as this process maps it. The program gets its descriptor and maps it for reading.
pub struct Blocks {
    pub descriptor: OwnedFd,
    data: *mut u8,
    free: Mutex<Vec<usize>>,
}

// SAFETY: Each region has one user at a time, and the list of free ones is behind a lock.
unsafe impl Send for Blocks {}
// SAFETY: As for `Send`.
unsafe impl Sync for Blocks {}

impl Blocks {
    pub const SIZE: usize = REGION * REGIONS;

    pub fn new() -> io::Result<Blocks> {
        // SAFETY: The name ends with NUL.
        let descriptor = unsafe { libc::memfd_create(c"plughost blocks".as_ptr(), libc::MFD_CLOEXEC) };
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
        Ok(Blocks { descriptor, data: data.cast(), free: Mutex::new((0..REGIONS).map(|i| i * REGION).collect()) })
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

impl Drop for Blocks {
    fn drop(&mut self) {
        // SAFETY: The mapping is that of `new`, and nobody uses it any more.
        unsafe { libc::munmap(self.data.cast(), Self::SIZE) };
    }
}
