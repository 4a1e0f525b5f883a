#include "engine/input/feed.hpp"

#include <algorithm>
#include <cstring>

namespace plughost {
namespace {

class FeedStream : public ByteStream {
 public:
  explicit FeedStream(std::shared_ptr<Feed> feed) : feed_(std::move(feed)) {}

  Got read(uint8_t *to, size_t size, bool wait) override { return feed_->read(to, size, wait); }
  uint64_t consumed(uint64_t offset) const override { return offset; }
  bool live() const override { return true; }

 private:
  const std::shared_ptr<Feed> feed_;
};

}  // namespace

void Feed::give(std::span<const uint8_t> bytes) {
  piece_.assign(bytes.begin(), bytes.end());
  {
    std::lock_guard lock(mutex_);
    if (!stopped_) left_ = piece_;
  }
  changed_.notify_one();
}

void Feed::end() {
  {
    std::lock_guard lock(mutex_);
    ended_ = true;
  }
  changed_.notify_one();
}

bool Feed::used() {
  std::lock_guard lock(mutex_);
  return left_.empty() && !stopped_;
}

void Feed::stop() {
  {
    std::lock_guard lock(mutex_);
    stopped_ = true;
    left_ = {};
  }
  changed_.notify_one();
}

ByteStream::Got Feed::read(uint8_t *to, size_t size, bool wait) {
  size_t copied = 0;
  bool all = false;
  {
    std::unique_lock lock(mutex_);
    if (wait) changed_.wait(lock, [this] { return !left_.empty() || ended_ || stopped_; });
    if (stopped_) return {ByteStream::State::stopped};
    if (left_.empty()) return {ended_ ? ByteStream::State::end : ByteStream::State::none_yet};
    // Under the lock: after a stop the producer may put the next piece into the same memory.
    copied = std::min(size, left_.size());
    std::memcpy(to, left_.data(), copied);
    left_ = left_.subspan(copied);
    all = left_.empty();
  }
  if (all) on_used_();
  return {ByteStream::State::some, copied};
}

std::unique_ptr<ByteStream> read_feed(std::shared_ptr<Feed> feed) {
  return std::make_unique<FeedStream>(std::move(feed));
}

}  // namespace plughost
