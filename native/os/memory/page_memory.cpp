#include "os/memory/page_memory.hpp"

#include <sys/mman.h>

#include <new>

namespace plughost {
namespace {

uint8_t *checked(void *pages) {
  if (pages == MAP_FAILED) throw std::bad_alloc();
  return static_cast<uint8_t *>(pages);
}

}  // namespace

uint8_t *allocate_pages(size_t size) {
  return checked(mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
}

uint8_t *grow_pages(uint8_t *pages, size_t size, size_t new_size) {
  return checked(mremap(pages, size, new_size, MREMAP_MAYMOVE));
}

void free_pages(uint8_t *pages, size_t size) { munmap(pages, size); }

}  // namespace plughost
