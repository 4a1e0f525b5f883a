// An input that somebody gives piece by piece.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <span>

#include "byte_stream.hpp"

namespace plughost {

// The giver lends one piece after the other; the run copies out of it.
class Feed {
 public:
  // `on_used` is told, outside of any lock, that all of the piece was copied. [any]
  explicit Feed(std::function<void()> on_used) : on_used_(std::move(on_used)) {}

  // Lends bytes until `used`; the piece before must have been used. [any]
  void lend(std::span<const uint8_t> bytes);
  // Nothing follows. [any]
  void end();
  // Whether all that was lent has been copied. Never after a stop: the giver waits for the end of the run. [any]
  bool used();
  // Nothing more is wanted, and whoever waits is let go. [any]
  void stop();

  // As ByteStream::read.
  ByteStream::Got read(uint8_t *to, size_t size, bool wait);

 private:
  const std::function<void()> on_used_;

  std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  std::span<const uint8_t> lent_;
  bool ended_ = false;
  bool stopped_ = false;
};

std::unique_ptr<ByteStream> read_feed(std::shared_ptr<Feed> feed);

}  // namespace plughost
