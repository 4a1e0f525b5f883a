// The UTF-8 text of a stream in another encoding of Unicode.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "engine/input/byte_stream.hpp"
#include "engine/lines/block.hpp"

namespace plughost {

// An encoding that is not UTF-8, or none of these.
struct Encoding {
  const char *name = "";
  uint8_t unit = 0;  // bytes: 2 or 4, or 0 for none
  bool big = false;  // the high byte of a unit comes first
};

// Returns what the byte order mark in the first bytes of a text says, and nothing while more bytes could say something
// else. `all`: nothing follows them. [any]
std::optional<Encoding> encoding_of(std::span<const uint8_t> first, bool all);

// Gives the text without its byte order mark. What is no character, such as half of a surrogate pair, a number that
// Unicode has not, or a unit that is cut off at the end, becomes U+FFFD.
class TranscodedStream : public ByteStream {
 public:
  // `encoding`: one of these.
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
  PageBuffer in_;  // read and not yet taken: in_[begin_, end_)
  size_t begin_ = 0;
  size_t end_ = 0;
  bool ended_ = false;  // nothing follows that
  uint64_t taken_ = 0;
  std::array<uint8_t, 4> character_;  // character_[given_, size_): of the last one, for which there was no room
  size_t size_ = 0;
  size_t given_ = 0;
};

}  // namespace plughost
