#include "engine/input/descriptor_stream.hpp"

#include <fcntl.h>

#include <cerrno>

namespace plughost {

DescriptorStream::DescriptorStream(Descriptor descriptor, bool live, std::shared_ptr<const StopSignal> stop)
    : descriptor_(std::move(descriptor)), live_(live), stop_(std::move(stop)) {
#ifdef F_SETPIPE_SZ
  // Fewer, larger reads; fails harmlessly where it is not a pipe or not allowed.
  if (live_) static_cast<void>(fcntl(descriptor_.get(), F_SETPIPE_SZ, 1 << 20));
#endif
}

ByteStream::Got DescriptorStream::read(uint8_t *to, size_t size, bool wait) {
  for (;;) {
    if (live_) {
      const auto ready = stop_->wait(descriptor_.get(), POLLIN, wait ? -1 : 0);
      if (ready == StopSignal::Ready::stopped) return {State::stopped};
      if (ready == StopSignal::Ready::timeout) return {State::none_yet};
    } else if (stop_->raised()) {
      return {State::stopped};
    }
    const ssize_t got = ::read(descriptor_.get(), to, size);
    if (got > 0) {
      position_ += static_cast<uint64_t>(got);
      return {State::some, static_cast<size_t>(got)};
    }
    if (got == 0) return {State::end};
    if (errno == EINTR || errno == EAGAIN) continue;
    throw StreamFailed{read_failed(errno, position_)};
  }
}

}  // namespace plughost
