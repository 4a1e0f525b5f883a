// An input that a producer gives piece by piece.
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

// The producer gives one piece after the other. The feed holds a copy of each until the run has read it, because
// JavaScript may free, move or shorten its memory at any time.
class Feed {
 public:
  // The size of the largest piece, in bytes.
  static constexpr size_t kMaxPiece = 256 << 10;

  // Calls `on_used` without a lock, on the thread that reads, when all of a piece was read.
  explicit Feed(std::function<void()> on_used) : on_used_(std::move(on_used)) {}

  // Copies a piece of at most kMaxPiece bytes. All of the piece before must have been read. By one thread at a time.
  // Throws std::bad_alloc.
  void give(std::span<const uint8_t> bytes);
  // Ends the input after the last piece. [any]
  void end();
  // Whether all that was given has been read. Always false after a stop: the producer then waits for the end of the
  // run. [any]
  bool used();
  // Stops reading and ends every wait. [any]
  void stop();

  // As ByteStream::read.
  ByteStream::Got read(uint8_t *to, size_t size, bool wait);

 private:
  const std::function<void()> on_used_;
  std::vector<uint8_t> piece_;  // the producer may change it while left_ is empty

  std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  std::span<const uint8_t> left_;  // the part of the piece that was not read yet
  bool ended_ = false;
  bool stopped_ = false;
};

// Returns a stream that reads the feed.
std::unique_ptr<ByteStream> read_feed(std::shared_ptr<Feed> feed);

}  // namespace plughost
