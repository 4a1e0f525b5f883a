// Bytes that can only be read in order: from a descriptor or a decoder.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "engine/lines/block.hpp"
#include "engine/plugin/failure.hpp"

namespace plughost {

// Thrown when reading fails. The stream ends there. The caller sets the subject of the failure.
struct StreamFailed {
  Failure failure;
};

class ByteStream {
 public:
  // The free bytes at the beginning of a buffer of the stream, for what the caller has of the line that goes on.
  static constexpr size_t kRoom = 4 * kPage;

  enum class State { some, none_yet, end, stopped };
  struct Got {
    State state;
    size_t size = 0;  // above 0 for State::some only
  };

  virtual ~ByteStream() = default;
  // Copies the next bytes to `to`, at most `size`, which is above 0. Returns none_yet only without `wait`. Throws
  // StreamFailed and std::bad_alloc.
  virtual Got read(uint8_t *to, size_t size, bool wait) = 0;
  // Takes *buffer, and puts another one there that holds the next bytes from *begin on, which is kRoom or more. Waits
  // for them. Returns how many there are; 0 where the stream has no bytes in a buffer of its own. `read` goes on there,
  // and says why it ended. Throws as `read` does.
  virtual size_t exchange(PageBuffer *, [[maybe_unused]] size_t *begin) { return 0; }
  // Returns how many bytes of the input itself were used for the first `offset` bytes, which must have been read.
  virtual uint64_t consumed(uint64_t offset) const = 0;
  // Returns another stream of the same bytes from byte `offset` on, for another thread; null when the bytes can only be
  // read once. Counts `consumed` from the beginning of this one. Throws std::bad_alloc. [any]
  virtual std::unique_ptr<ByteStream> from(uint64_t) const { return nullptr; }
  // Whether the stream may pause. Then its bytes should be passed on at once.
  virtual bool live() const = 0;
};

}  // namespace plughost
