#include "engine/input/descriptor_stream.hpp"

#include <cerrno>

#include "os/file/file.hpp"
#include "os/file/read.hpp"

namespace plughost {
namespace {

// Reads a file by positions, from byte `offset` of the input on.
class PositionedStream : public ByteStream {
 public:
  PositionedStream(std::shared_ptr<const Descriptor> descriptor, std::shared_ptr<const StopSignal> stop, uint64_t begin,
                   uint64_t offset)
      : descriptor_(std::move(descriptor)), stop_(std::move(stop)), begin_(begin), offset_(offset) {}

  Got read(uint8_t *to, size_t size, bool) override {
    if (stop_->raised()) return {State::stopped};
    const ReadResult got = read_at(descriptor_->get(), begin_ + offset_ + position_, to, size);
    if (got.error != 0) throw StreamFailed{read_failed(got.error, offset_ + position_)};
    position_ += got.size;
    return {got.size > 0 ? State::some : State::end, got.size};
  }
  uint64_t consumed(uint64_t offset) const override { return offset_ + offset; }
  std::unique_ptr<ByteStream> from(uint64_t offset) const override {
    return std::make_unique<PositionedStream>(descriptor_, stop_, begin_ + offset_, offset);
  }
  bool live() const override { return false; }

 private:
  const std::shared_ptr<const Descriptor> descriptor_;
  const std::shared_ptr<const StopSignal> stop_;
  const uint64_t begin_;
  const uint64_t offset_;
  uint64_t position_ = 0;
};

}  // namespace

DescriptorStream::DescriptorStream(Descriptor descriptor, bool live, std::shared_ptr<const StopSignal> stop)
    : descriptor_(std::make_shared<Descriptor>(std::move(descriptor))),
      live_(live),
      stop_(std::move(stop)),
      begin_(live ? 0 : position_of(descriptor_->get())) {
  // Fewer, larger reads.
  if (live_) enlarge_pipe(*descriptor_, 1 << 20);
}

ByteStream::Got DescriptorStream::read(uint8_t *to, size_t size, bool wait) {
  for (;;) {
    if (live_) {
      const auto ready = stop_->wait(descriptor_->get(), Event::readable, wait ? -1 : 0);
      if (ready == StopSignal::Ready::stopped) return {State::stopped};
      if (ready == StopSignal::Ready::timeout) return {State::none_yet};
    } else if (stop_->raised()) {
      return {State::stopped};
    }
    const ReadResult got = read_next(descriptor_->get(), to, size);
    if (got.size > 0) {
      position_ += got.size;
      return {State::some, got.size};
    }
    if (got.error == 0) return {State::end};
    if (got.error == EINTR || got.error == EAGAIN) continue;
    throw StreamFailed{read_failed(got.error, position_)};
  }
}

std::unique_ptr<ByteStream> DescriptorStream::from(uint64_t offset) const {
  if (live_) return nullptr;
  return std::make_unique<PositionedStream>(descriptor_, stop_, begin_, offset);
}

}  // namespace plughost
