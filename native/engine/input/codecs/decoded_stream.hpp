// Decodes a compressed stream.
#pragma once

#include <memory>
#include <optional>

#include "engine/input/byte_stream.hpp"
#include "engine/input/codecs/format.hpp"
#include "engine/lines/block.hpp"
#include "os/thread/stop_signal.hpp"

namespace plughost {

// Gives the bytes that can be decoded, and then fails where the stream is damaged or ends early, or where bytes that
// are not a member follow one. Zeros after a member are padding, as on tapes, and are ignored.
class DecodedStream : public ByteStream {
 public:
  // The decoder takes at most about `max_mib` MiB. Throws StreamFailed when there is no codec for the format.
  DecodedStream(std::unique_ptr<ByteStream> stream, const Format &format, std::shared_ptr<const StopSignal> stop,
                unsigned max_mib = kMaxDecoderMiB);

  Got read(uint8_t *to, size_t size, bool wait) override;
  uint64_t consumed(uint64_t) const override { return stream_->consumed(taken_); }
  bool live() const override { return stream_->live(); }

  // Makes `read` return State::end at the next member that begins `size` or more bytes after what is decoded now.
  // `size` is above 0.
  void pause_after(uint64_t size) {
    pause_ = taken_ + size;
    paused_ = false;
  }
  // Whether no member has begun that has not ended, and nothing failed.
  bool between_members() const { return !inside_ && !last_.damage && !last_.too_large; }
  // Goes on at the beginning of another stream of the format, between two members. The decoder keeps its memory.
  void go_on_with(std::unique_ptr<ByteStream> stream) {
    stream_ = std::move(stream);
    begin_ = end_ = 0;
    taken_ = 0;
  }
  // Whether the last State::end was such a member. It begins at consumed().
  bool paused() const { return paused_; }

 private:
  std::optional<State> feed(bool wait);
  std::optional<State> begin_member(bool wait);
  void take(size_t size) {
    begin_ += size;
    taken_ += size;
  }
  [[noreturn]] void fail(const char *reason, FailureKind kind = FailureKind::decode) const;

  std::unique_ptr<ByteStream> stream_;
  const Format &format_;
  const std::unique_ptr<Codec> codec_;
  const std::shared_ptr<const StopSignal> stop_;
  PageBuffer in_;  // in_[begin_, end_) was read and not decoded yet
  size_t begin_ = 0;
  size_t end_ = 0;
  uint64_t taken_ = 0;           // bytes of the stream that were decoded
  uint64_t pause_ = UINT64_MAX;  // no member that begins here or later is decoded
  bool paused_ = false;
  bool inside_ = false;  // a member has begun and not ended
  Codec::Step last_;     // its damage is reported by the next read
};

}  // namespace plughost
