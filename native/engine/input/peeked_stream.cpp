#include "engine/input/peeked_stream.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace plughost {

// Reads more of the first bytes, or notes that no more follow. Returns false when the stream was stopped.
bool PeekedStream::fetch() {
  try {
    const Got got = stream_->read(first_.data() + size_, kMax - size_, true);
    ended_ = got.state == State::end;
    size_ += got.size;
    return got.state != State::stopped;
  } catch (StreamFailed &failed) {
    failed_ = std::move(failed);
    return ended_ = true;
  }
}

ByteStream::Got PeekedStream::read(uint8_t *to, size_t size, bool wait) {
  if (given_ == size_) {
    if (failed_) throw StreamFailed{*std::exchange(failed_, std::nullopt)};
    // A terminal would wait for more input after it has reported its end once.
    if (ended_) return {State::end};
    return stream_->read(to, size, wait);
  }
  const size_t given = std::min(size, size_ - given_);
  std::memcpy(to, first_.data() + given_, given);
  given_ += given;
  return {State::some, given};
}

}  // namespace plughost
