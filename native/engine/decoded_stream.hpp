// The text of a compressed stream.
#pragma once

#include <memory>
#include <optional>

#include "block.hpp"
#include "byte_stream.hpp"
#include "codec.hpp"
#include "stop_signal.hpp"

namespace plughost {

// Gives what can be decoded, and then fails where the stream is damaged, ends early, or goes on with other bytes behind
// its last member. Zeros there are padding, as on tapes, and ignored.
class DecodedStream : public ByteStream {
 public:
  DecodedStream(std::unique_ptr<ByteStream> stream, Compression compression, std::unique_ptr<Codec> codec,
                std::shared_ptr<const StopSignal> stop);

  Got read(uint8_t *to, size_t size, bool wait) override;
  uint64_t consumed(uint64_t) const override { return taken_; }
  bool live() const override { return stream_->live(); }

 private:
  enum class Place { inside, between, padding };

  std::optional<State> feed(bool wait);
  std::optional<State> begin_member(bool wait);
  std::optional<State> skip_padding(bool wait);
  void take(size_t size) {
    begin_ += size;
    taken_ += size;
  }
  [[noreturn]] void fail(const char *reason) const;

  const std::unique_ptr<ByteStream> stream_;
  const Compression compression_;
  const std::unique_ptr<Codec> codec_;
  const std::shared_ptr<const StopSignal> stop_;
  PageBuffer in_;  // read and not yet taken: in_[begin_, end_)
  size_t begin_ = 0;
  size_t end_ = 0;
  uint64_t taken_ = 0;
  Place place_ = Place::between;
  const char *damage_ = nullptr;
};

}  // namespace plughost
