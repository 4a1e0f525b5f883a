#include "memory.hpp"

#include <fcntl.h>
#include <link.h>
#include <sys/uio.h>
#include <unistd.h>

namespace plughost {

bool read_memory(uintptr_t address, void *to, size_t length) {
  if (length == 0) return true;
  // The kernel copies and answers EFAULT where a load would fault. Some container policies forbid the call; the same
  // copy is then had from /proc/self/mem.
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

bool write_memory(uintptr_t address, const void *from, size_t length) {
  if (length == 0) return true;
  iovec local{const_cast<void *>(from), length};
  iovec remote{reinterpret_cast<void *>(address), length};
  // /proc/self/mem is no second way: it writes to read-only pages too.
  return process_vm_writev(getpid(), &local, 1, &remote, 1, 0) == static_cast<ssize_t>(length);
}

std::optional<Mapping> mapping_at(uintptr_t address) {
  struct Search {
    uintptr_t address;
    std::optional<Mapping> found;
  } search{address, std::nullopt};
  dl_iterate_phdr(
      [](dl_phdr_info *object, size_t, void *data) {
        auto &wanted = *static_cast<Search *>(data);
        for (int i = 0; i < object->dlpi_phnum; i++) {
          const auto &segment = object->dlpi_phdr[i];
          if (segment.p_type != PT_LOAD) continue;
          const uintptr_t begin = object->dlpi_addr + segment.p_vaddr;
          if (wanted.address < begin || wanted.address - begin >= segment.p_memsz) continue;
          wanted.found = Mapping{object->dlpi_name, (segment.p_flags & PF_X) != 0, begin, begin + segment.p_memsz};
          return 1;
        }
        return 0;
      },
      &search);
  return search.found;
}

}  // namespace plughost
