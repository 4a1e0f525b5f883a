// A stream of bytes in memory.
#pragma once

#include <algorithm>

#include "engine/input/byte_stream.hpp"
#include "fuzz.hpp"

namespace fuzz {

// Gives a text in pieces. Every third call that does not wait gives nothing.
class Pieces : public plughost::ByteStream {
 public:
  Pieces(std::string_view text, uint32_t piece) : text_(text), piece_(piece) {}

  Got read(uint8_t *to, size_t size, bool wait) override {
    if (at_ == text_.size()) return {State::end};
    if (!wait && calls_++ % 3 == 0) return {State::none_yet};
    const size_t given = std::min({size, size_t{piece_}, text_.size() - at_});
    std::copy_n(text_.data() + at_, given, to);
    at_ += given;
    return {State::some, given};
  }
  uint64_t consumed(uint64_t offset) const override { return offset; }
  bool live() const override { return true; }

 private:
  const std::string_view text_;
  const uint32_t piece_;
  size_t at_ = 0;
  unsigned calls_ = 0;
};

}  // namespace fuzz
