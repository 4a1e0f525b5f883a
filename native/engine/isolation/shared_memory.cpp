#include "shared_memory.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "engine/system_failed.hpp"

namespace plughost::isolation {
namespace {

#ifndef F_SEAL_FUTURE_WRITE
constexpr int F_SEAL_FUTURE_WRITE = 0x0010;  // Linux 5.1
#endif

void seal(int descriptor, int seals) {
  if (fcntl(descriptor, F_ADD_SEALS, seals | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0)
    throw SystemFailed("seal shared memory");
}

}  // namespace

SharedMemory::SharedMemory(const char *name, uint64_t size)
    : descriptor_(memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING), true), size_(size) {
  if (descriptor_.get() < 0) throw SystemFailed("create shared memory");
  if (ftruncate(descriptor_.get(), static_cast<off_t>(size)) != 0) throw SystemFailed("size shared memory");
  void *data = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor_.get(), 0);
  if (data == MAP_FAILED) throw SystemFailed("map shared memory");
  data_ = static_cast<uint8_t *>(data);
}

SharedMemory::~SharedMemory() { munmap(data_, size_); }

void SharedMemory::keep_writing_to_myself() { seal(descriptor_.get(), F_SEAL_FUTURE_WRITE); }

void SharedMemory::leave_writing_to_others() {
  seal(descriptor_.get(), 0);
  if (mprotect(data_, size_, PROT_READ) != 0) throw SystemFailed("protect shared memory");
}

}  // namespace plughost::isolation
