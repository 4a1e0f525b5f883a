#include "os/memory/checked_copy.hpp"

#include <fcntl.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>

namespace plughost {

bool read_memory(uintptr_t address, void *to, size_t length) {
  if (length == 0) return true;
  // The kernel copies, and returns EFAULT where a load would fault. Some container policies forbid the call. Then
  // /proc/self/mem gives the same copy.
  iovec local{to, length};
  iovec remote{reinterpret_cast<void *>(address), length};
  const ssize_t copied = process_vm_readv(getpid(), &local, 1, &remote, 1, 0);
  if (copied >= 0 || (errno != EPERM && errno != ENOSYS)) return copied == static_cast<ssize_t>(length);
  const int memory = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
  if (memory < 0) return false;
  const ssize_t got = pread(memory, to, length, static_cast<off_t>(address));
  close(memory);
  return got == static_cast<ssize_t>(length);
}

bool is_readable(uintptr_t address, size_t length) {
  if (length == 0) return true;
  if (address > UINTPTR_MAX - length) return false;
  const uintptr_t page = static_cast<uintptr_t>(sysconf(_SC_PAGESIZE));
  const uintptr_t last = address + length - 1;
  for (uintptr_t at = address; at <= last; at = (at / page + 1) * page) {
    // The kernel reads the mask, 8 bytes, before it refuses an operation that does not exist.
    const uintptr_t word = at & ~uintptr_t{7};
    syscall(SYS_rt_sigprocmask, ~0, word, nullptr, 8);
    if (errno != EINVAL) return false;
  }
  return true;
}

bool write_memory(uintptr_t address, const void *from, size_t length) {
  if (length == 0) return true;
  iovec local{const_cast<void *>(from), length};
  iovec remote{reinterpret_cast<void *>(address), length};
  // /proc/self/mem would not do: it writes to read-only pages too.
  return process_vm_writev(getpid(), &local, 1, &remote, 1, 0) == static_cast<ssize_t>(length);
}

}  // namespace plughost
