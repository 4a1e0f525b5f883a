// A piece of memory that is written as part of one system call.
#pragma once

#include <cstddef>
#include <cstdint>

namespace plughost {

// Has the layout of iovec, so that many pieces go to the system without a copy of the list.
struct OutputPiece {
  const uint8_t *data;
  size_t size;  // bytes
};

}  // namespace plughost
