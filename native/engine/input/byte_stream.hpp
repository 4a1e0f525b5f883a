// Bytes that can only be read in order: from a descriptor or a decoder.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "engine/plugin/failure.hpp"

namespace plughost {

// Thrown when reading fails. The stream ends there. The caller sets the subject of the failure.
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
  // Copies the next bytes to `to`, at most `size`, which is above 0. Returns none_yet only without `wait`. Throws
  // StreamFailed and std::bad_alloc.
  virtual Got read(uint8_t *to, size_t size, bool wait) = 0;
  // Returns how many bytes of the input itself were used for the first `offset` bytes, which must have been read.
  virtual uint64_t consumed(uint64_t offset) const = 0;
  // Returns another stream of the same bytes from byte `offset` on, for another thread; null when the bytes can only be
  // read once. Counts `consumed` from the beginning of this one. Throws std::bad_alloc. [any]
  virtual std::unique_ptr<ByteStream> from(uint64_t) const { return nullptr; }
  // Whether the stream may pause. Then its bytes should be passed on at once.
  virtual bool live() const = 0;
};

}  // namespace plughost
