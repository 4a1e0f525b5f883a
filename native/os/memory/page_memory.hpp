// Whole pages of memory that can grow without a copy.
// Platform: mmap, mremap and munmap. To port it where there is no mremap, let grow_pages take new pages and copy.
#pragma once

#include <cstddef>
#include <cstdint>

namespace plughost {

// Returns `size` bytes of zeros, page-aligned. `size` is above 0 and whole pages. The caller frees them by free_pages.
// Throws std::bad_alloc. [any]
uint8_t *allocate_pages(size_t size);

// Makes pages of allocate_pages larger and returns where they are now. Throws std::bad_alloc, and then they are
// unchanged. [any]
uint8_t *grow_pages(uint8_t *pages, size_t size, size_t new_size);

// Frees pages of allocate_pages or grow_pages. [any]
void free_pages(uint8_t *pages, size_t size);

}  // namespace plughost
