// Decodes the bytes of compressed inputs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace plughost {

// The most memory, in MiB, that a file may make its decoder use. It is the limit of the `zstd` command, and enough for
// the highest level of xz.
constexpr unsigned kMaxDecoderMiB = 128;

// Decodes members one after the other. A member is what gzip calls so, a frame of zstd, or a stream of xz or bzip2.
class Codec {
 public:
  struct Step {
    size_t taken = 0;              // bytes of the input that were used
    size_t made = 0;               // bytes that were written
    bool whole = false;            // a member has ended; the next step begins another one
    const char *damage = nullptr;  // what is wrong with the bytes after those taken; then no step follows
    size_t back = 0;               // how many of the last bytes taken belong to the damaged part
    bool too_large = false;        // the input needs more memory than the codec may take; then no step follows
  };

  virtual ~Codec() = default;
  // Decodes from `in` to `out`, as much as fits. `taken` and `made` are both 0 only when more of `in` is needed. Throws
  // std::bad_alloc.
  virtual Step decode(std::span<const uint8_t> in, std::span<uint8_t> out) = 0;
};

// The functions that make the codecs of the rows. A codec takes at most about `max_mib` MiB of memory. Each returns
// null when its library was missing when this was built. Throw std::bad_alloc.
#define LIBRARY(...)
#define FORMAT(name, library, make, first, mask, tool) std::unique_ptr<Codec> make(unsigned max_mib);
#define FOREIGN(...)
#include "engine/input/codecs/formats.def"
#undef LIBRARY
#undef FORMAT
#undef FOREIGN

}  // namespace plughost
