// Bytes that can only be read in order: of a descriptor, or out of a decoder.
#pragma once

#include <cstddef>
#include <cstdint>

#include "engine/plugin/failure.hpp"

namespace plughost {

// Thrown by reading; the stream ends there. The failure has no subject yet.
struct StreamFailed {
  Failure failure;
};

class ByteStream {
 public:
  enum class State { some, none_yet, end, stopped };
  struct Got {
    State state;
    size_t size = 0;  // above 0 for State::some only
  };

  virtual ~ByteStream() = default;
  // Puts the next bytes, at most `size` (above 0), to `to`. Gives none_yet only without `wait`. Throws StreamFailed,
  // std::bad_alloc.
  virtual Got read(uint8_t *to, size_t size, bool wait) = 0;
  // The bytes of the input itself that were used for the first `offset` bytes, which have been read.
  virtual uint64_t consumed(uint64_t offset) const = 0;
  // Whether it may pause, so that what it gives is better passed on at once.
  virtual bool live() const = 0;
};

}  // namespace plughost
