#include "os/memory/shared_memory.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <new>

#include "os/memory/pages.hpp"
#include "os/process/process_memory.hpp"
#include "os/system_failed.hpp"

namespace plughost {
namespace {

#ifndef F_SEAL_FUTURE_WRITE
constexpr int F_SEAL_FUTURE_WRITE = 0x0010;  // Linux 5.1
#endif

// Sizes are rounded up to this, so that memory which grows in small steps is resized less often.
constexpr uint64_t kStep = 64 << 10;

}  // namespace

SharedMemory::SharedMemory(const char *name, uint64_t size, Size given)
    : descriptor_(memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING), true),
      size_(size),
      reached_(given == Size::whole ? size : 0) {
  if (descriptor_.get() < 0) throw SystemFailed("create shared memory");
  if (ftruncate(descriptor_.get(), static_cast<off_t>(reached_)) != 0) throw SystemFailed("size shared memory");
  void *data = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor_.get(), 0);
  if (data == MAP_FAILED) throw SystemFailed("map shared memory");
  data_ = static_cast<uint8_t *>(data);
}

SharedMemory::~SharedMemory() { munmap(data_, size_); }

void SharedMemory::reach(uint64_t bytes) {
  if (bytes <= reached_) return;
  if (bytes > size_) throw std::bad_alloc();
  const uint64_t reached = std::min(size_, (bytes + kStep - 1) / kStep * kStep);
  if (ftruncate(descriptor_.get(), static_cast<off_t>(reached)) != 0) throw SystemFailed("size shared memory");
  reached_ = reached;
}

uint64_t SharedMemory::held() const { return held_by(descriptor_); }

void SharedMemory::seal(int seals) const {
  if (reached_ == size_) seals |= F_SEAL_GROW;
  if (fcntl(descriptor_.get(), F_ADD_SEALS, seals | F_SEAL_SHRINK | F_SEAL_SEAL) != 0)
    throw SystemFailed("seal shared memory");
}

void SharedMemory::keep_writing_to_myself() { seal(F_SEAL_FUTURE_WRITE); }

void SharedMemory::leave_writing_to_others() {
  seal(0);
  if (mprotect(data_, size_, PROT_READ) != 0) throw SystemFailed("protect shared memory");
}

void SharedMemory::release(uint64_t offset, uint64_t size) const {
  const uint64_t begin = page_aligned(offset);
  const uint64_t end = (offset + size) / kPage * kPage;
  if (begin < end)
    fallocate(descriptor_.get(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, static_cast<off_t>(begin),
              static_cast<off_t>(end - begin));
}

}  // namespace plughost
