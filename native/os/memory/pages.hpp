// The unit in which the system gives memory.
// Platform: pages of 4096 bytes, as on x86-64 and most of AArch64. Host and runner must agree on it.
#pragma once

#include <cstdint>

namespace plughost {

constexpr uint64_t kPage = 4096;

// Returns `size` rounded up to whole pages, in bytes.
constexpr uint64_t page_aligned(uint64_t size) { return (size + kPage - 1) / kPage * kPage; }

}  // namespace plughost
