#include "engine/input/descriptor_stream.hpp"

#include <cerrno>

#include "os/file/read.hpp"

namespace plughost {

DescriptorStream::DescriptorStream(Descriptor descriptor, bool live, std::shared_ptr<const StopSignal> stop)
    : descriptor_(std::move(descriptor)), live_(live), stop_(std::move(stop)) {
  // Fewer, larger reads.
  if (live_) enlarge_pipe(descriptor_, 1 << 20);
}

ByteStream::Got DescriptorStream::read(uint8_t *to, size_t size, bool wait) {
  for (;;) {
    if (live_) {
      const auto ready = stop_->wait(descriptor_.get(), Event::readable, wait ? -1 : 0);
      if (ready == StopSignal::Ready::stopped) return {State::stopped};
      if (ready == StopSignal::Ready::timeout) return {State::none_yet};
    } else if (stop_->raised()) {
      return {State::stopped};
    }
    const ReadResult got = read_next(descriptor_.get(), to, size);
    if (got.size > 0) {
      position_ += got.size;
      return {State::some, got.size};
    }
    if (got.error == 0) return {State::end};
    if (got.error == EINTR || got.error == EAGAIN) continue;
    throw StreamFailed{read_failed(got.error, position_)};
  }
}

}  // namespace plughost
