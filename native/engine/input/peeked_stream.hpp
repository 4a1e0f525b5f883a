// A stream whose first bytes can be looked at before they are read.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <span>

#include "engine/input/byte_stream.hpp"

namespace plughost {

class PeekedStream : public ByteStream {
 public:
  // How many bytes can be looked at.
  static constexpr size_t kMax = 16;

  explicit PeekedStream(std::unique_ptr<ByteStream> stream) : stream_(std::move(stream)) {}

  // Calls `recognise` with more and more of the first bytes until it returns a value, and returns that. `all` is true
  // when no bytes follow, or no more can be looked at. Returns the default value when the stream was stopped. Must be
  // called before the first `read`. Throws std::bad_alloc.
  template <typename Known>
  Known look(std::optional<Known> (*recognise)(std::span<const uint8_t> first, bool all)) {
    for (;;) {
      if (const auto known = recognise({first_.data(), size_}, ended_ || size_ == kMax)) return *known;
      if (!fetch()) return {};
    }
  }

  // Whether a call of look() has seen that there are no bytes at all.
  bool empty() const { return ended_ && size_ == 0 && !failed_; }

  Got read(uint8_t *to, size_t size, bool wait) override;
  size_t exchange(PageBuffer *buffer, size_t *begin) override {
    return given_ == size_ && !ended_ ? stream_->exchange(buffer, begin) : 0;
  }
  uint64_t consumed(uint64_t offset) const override { return stream_->consumed(offset); }
  std::unique_ptr<ByteStream> from(uint64_t offset) const override { return stream_->from(offset); }
  bool live() const override { return stream_->live(); }

 private:
  bool fetch();

  const std::unique_ptr<ByteStream> stream_;
  std::array<uint8_t, kMax> first_;  // first_[given_, size_) were looked at and not read yet
  size_t size_ = 0;
  size_t given_ = 0;
  bool ended_ = false;                  // no bytes follow them
  std::optional<StreamFailed> failed_;  // thrown after them
};

}  // namespace plughost
