#include "feed.hpp"

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

void Feed::lend(std::span<const uint8_t> bytes) {
  {
    std::lock_guard lock(mutex_);
    if (!stopped_) lent_ = bytes;
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
  return lent_.empty() && !stopped_;
}

void Feed::stop() {
  {
    std::lock_guard lock(mutex_);
    stopped_ = true;
    lent_ = {};
  }
  changed_.notify_one();
}

ByteStream::Got Feed::read(uint8_t *to, size_t size, bool wait) {
  size_t copied = 0;
  bool all = false;
  {
    std::unique_lock lock(mutex_);
    if (wait) changed_.wait(lock, [this] { return !lent_.empty() || ended_ || stopped_; });
    if (stopped_) return {ByteStream::State::stopped};
    if (lent_.empty()) return {ended_ ? ByteStream::State::end : ByteStream::State::none_yet};
    // Under the lock, since the giver may take the piece back by stop.
    copied = std::min(size, lent_.size());
    std::memcpy(to, lent_.data(), copied);
    lent_ = lent_.subspan(copied);
    all = lent_.empty();
  }
  if (all) on_used_();
  return {ByteStream::State::some, copied};
}

std::unique_ptr<ByteStream> read_feed(std::shared_ptr<Feed> feed) {
  return std::make_unique<FeedStream>(std::move(feed));
}

}  // namespace plughost
