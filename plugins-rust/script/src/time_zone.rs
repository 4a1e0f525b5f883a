//! Makes UTC the time zone of scripts, so that they do the same on every machine. QuickJS asks the C library for the zone
//! of each date that it shows in local time. That reads a file at the first call, which a sandbox forbids.

/// Takes the place of the function of the C library in this library alone. QuickJS reads only the distance to UTC.
///
/// # Safety
/// `zone` must be valid for writes.
#[no_mangle]
unsafe extern "C" fn localtime_r(_: *const libc::time_t, zone: *mut libc::tm) -> *mut libc::tm {
    // SAFETY: The caller guarantees it, and all zero is a value of the struct.
    unsafe { zone.write(std::mem::zeroed()) };
    zone
}

// Without this, the dynamic linker would give QuickJS the function of the C library.
#[cfg(not(target_vendor = "apple"))]
std::arch::global_asm!(".hidden localtime_r");
#[cfg(target_vendor = "apple")]
std::arch::global_asm!(".private_extern _localtime_r");
