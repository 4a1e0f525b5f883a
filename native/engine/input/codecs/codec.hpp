// How the bytes of compressed inputs become text.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace plughost {

// The most memory, in MiB, that a decoder may take because a file says so: what `zstd` itself allows without being told
// more, and enough for the highest level of xz.
constexpr unsigned kMaxDecoderMiB = 128;

// Decodes members of a gzip file, frames of a zstd file, streams of xz and bzip2, one after the other.
class Codec {
 public:
  struct Step {
    size_t taken = 0;
    size_t made = 0;
    bool whole = false;            // a member has ended; the next step begins another
    const char *damage = nullptr;  // what is wrong with the bytes behind those taken; no further step
    size_t back = 0;               // how many of the bytes taken, in this step or before, are of the damaged part
    bool too_large = false;        // they want more memory than kMaxDecoderMiB; no further step
  };

  virtual ~Codec() = default;
  // Decodes from `in` to `out`, as much as fits; what is taken and made are both 0 only when there must be more of
  // `in`. Throws std::bad_alloc.
  virtual Step decode(std::span<const uint8_t> in, std::span<uint8_t> out) = 0;
};

// The functions that make the codecs of the rows. Each returns null when its library was missing when this was built.
// Throw std::bad_alloc.
#define LIBRARY(...)
#define FORMAT(name, library, make, first, mask, tool) std::unique_ptr<Codec> make();
#define FOREIGN(...)
#include "engine/input/codecs/formats.def"
#undef LIBRARY
#undef FORMAT
#undef FOREIGN

}  // namespace plughost
