// How compressed inputs begin, and how their bytes become text.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

namespace plughost {

enum class Compression { none, gzip, zstd };

const char *name_of(Compression compression);

// The most first bytes that it takes to tell.
constexpr size_t kMagic = 4;

// What an input that begins with these bytes is; nothing when more of them could say something else. Names do not
// matter, because logs are rotated, fetched and redirected under any. [any]
std::optional<Compression> compression_of(std::span<const uint8_t> first);

// What a regular file is that begins at byte `from` of a descriptor; none where it cannot be read. [any]
Compression compression_of(int file, uint64_t from);

// Decodes members of a gzip file, or frames of a zstd file, one after the other.
class Codec {
 public:
  struct Step {
    size_t taken = 0;
    size_t made = 0;
    bool whole = false;            // a member has ended; the next step begins another
    const char *damage = nullptr;  // what is wrong with the bytes behind those taken; no further step
  };

  virtual ~Codec() = default;
  // Decodes from `in` to `out`, as much as fits; what is taken and made are both 0 only when there must be more of
  // `in`. Throws std::bad_alloc.
  virtual Step decode(std::span<const uint8_t> in, std::span<uint8_t> out) = 0;
};

// Null when the library for it was not there when this was built. Throws std::bad_alloc.
std::unique_ptr<Codec> make_codec(Compression compression);

}  // namespace plughost
