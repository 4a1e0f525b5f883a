// Converts a stream of UTF-16 or UTF-32 to UTF-8.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "engine/input/byte_stream.hpp"
#include "engine/lines/block.hpp"

namespace plughost {

// UTF-16 or UTF-32, or neither.
struct Encoding {
  const char *name = "";
  uint8_t unit = 0;  // bytes of a code unit: 2 or 4; 0: neither
  bool big = false;  // the high byte of a unit comes first
};

// Returns the encoding that the byte order mark at the beginning of a text states. Returns nothing while more bytes are
// needed. `all`: no bytes follow `first`. [any]
std::optional<Encoding> encoding_of(std::span<const uint8_t> first, bool all);

// Leaves out the byte order mark. Invalid input becomes U+FFFD: half of a surrogate pair, a number above U+10FFFF, a
// code unit that is cut off at the end.
class TranscodedStream : public ByteStream {
 public:
  // `encoding`: UTF-16 or UTF-32.
  TranscodedStream(std::unique_ptr<ByteStream> stream, Encoding encoding);

  Got read(uint8_t *to, size_t size, bool wait) override;
  uint64_t consumed(uint64_t) const override { return stream_->consumed(taken_); }
  bool live() const override { return stream_->live(); }

 private:
  std::optional<State> feed(bool wait);
  size_t convert(uint8_t *to, size_t size);
  size_t convert_ascii(uint8_t *to, size_t size);
  std::optional<uint32_t> next();
  uint32_t unit_at(size_t at) const;

  const std::unique_ptr<ByteStream> stream_;
  const Encoding encoding_;
  PageBuffer in_;  // in_[begin_, end_) was read and not converted yet
  size_t begin_ = 0;
  size_t end_ = 0;
  bool ended_ = false;                // no input follows
  uint64_t taken_ = 0;                // bytes of the input that were converted
  std::array<uint8_t, 4> character_;  // character_[given_, size_) is the rest of a character that did not fit
  size_t size_ = 0;
  size_t given_ = 0;
};

}  // namespace plughost
