// The unit in which the system gives memory.
#pragma once

#include <cstdint>

namespace plughost {

constexpr uint64_t kPage = 4096;

// Returns the least number of bytes that is whole pages and at least `size`.
constexpr uint64_t page_aligned(uint64_t size) { return (size + kPage - 1) / kPage * kPage; }

}  // namespace plughost
