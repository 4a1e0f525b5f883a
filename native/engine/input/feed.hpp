// An input that somebody gives piece by piece.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "engine/input/byte_stream.hpp"

namespace plughost {

// The giver gives one piece after the other, of which a copy is held until the run has taken it: memory of JavaScript
// may be freed, moved or shortened under whoever keeps its address.
class Feed {
 public:
  // Bytes of the largest piece.
  static constexpr size_t kMaxPiece = 256 << 10;

  // `on_used` is told, outside of any lock, that all of the piece was taken. [any]
  explicit Feed(std::function<void()> on_used) : on_used_(std::move(on_used)) {}

  // Gives at most kMaxPiece bytes, which are copied; the piece before must have been used. By one thread at a time.
  // Throws std::bad_alloc.
  void give(std::span<const uint8_t> bytes);
  // Nothing follows. [any]
  void end();
  // Whether all that was given has been taken. Never after a stop: the giver waits for the end of the run. [any]
  bool used();
  // Nothing more is wanted, and whoever waits is let go. [any]
  void stop();

  // As ByteStream::read.
  ByteStream::Got read(uint8_t *to, size_t size, bool wait);

 private:
  const std::function<void()> on_used_;
  std::vector<uint8_t> piece_;  // the giver's while left_ is empty

  std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  std::span<const uint8_t> left_;  // of the piece
  bool ended_ = false;
  bool stopped_ = false;
};

std::unique_ptr<ByteStream> read_feed(std::shared_ptr<Feed> feed);

}  // namespace plughost
