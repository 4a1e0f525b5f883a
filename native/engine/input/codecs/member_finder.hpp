// Finds where members of a compressed file may begin.
#pragma once

#include <optional>

#include "engine/input/byte_stream.hpp"
#include "engine/input/codecs/format.hpp"
#include "engine/lines/block.hpp"

namespace plughost {

// The memory of each decoder, for a guess or a member. A member that needs more is left to a reader without threads.
inline constexpr unsigned kMaxMemberMiB = 8;

// From outside, a member can only be guessed: its first bytes may also stand inside of another one. A guess is tried on
// a few kilobytes, so that few are wrong. Only the end of the member before shows whether a guess is right.
class MemberFinder {
 public:
  static constexpr uint64_t kNoMore = UINT64_MAX;

  // Both must outlive the finder.
  MemberFinder(const ByteStream &origin, const Format &format) : origin_(origin), format_(format) {}

  // Looks at some of the stream from *offset on, so that the caller can stop between two calls. Returns the offset of
  // the first guess. Without one, moves *offset on, to kNoMore at the end of the stream and where it cannot be read.
  // Throws std::bad_alloc.
  std::optional<uint64_t> find(uint64_t *offset);

 private:
  size_t fill(uint64_t offset);
  bool decodes(const uint8_t *data, size_t size) const;

  const ByteStream &origin_;
  const Format &format_;
  PageBuffer window_;
};

}  // namespace plughost
