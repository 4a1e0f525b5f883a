#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>

#include "reader.hpp"

namespace plughost {
namespace {

// A block is handed over when it is full, or when it holds whole lines and the pipe has nothing more to give: a fast
// writer gets large blocks, and a slow one is answered at once.
class StreamReader : public Reader {
 public:
  StreamReader(Descriptor stream, ReadLimits limits, const StopSignal &stop, OnError on_error)
      : stream_(std::move(stream)), limits_(limits), stop_(stop), on_error_(std::move(on_error)) {
#ifdef F_SETPIPE_SZ
    // Fewer, larger reads; fails harmlessly where it is not a pipe or not allowed.
    static_cast<void>(fcntl(stream_.get(), F_SETPIPE_SZ, 1 << 20));
#endif
  }

  bool claim(Block *block) override {
    if (too_long_) throw LineTooLong{*too_long_};
    if (ended_) return false;
    block->live = true;
    block->offset = offset_;
    block->buffer.grow(limits_.block_size);
    if (rest_size_ > 0) {
      block->buffer.grow(rest_size_);
      std::memcpy(block->buffer.data(), rest_.data(), rest_size_);
    }
    const size_t size = read_lines(block->buffer);
    block->begin = 0;
    block->end = size;
    block->consumed = size;
    offset_ += size;
    if (size == 0 && too_long_) throw LineTooLong{*too_long_};
    return size > 0;
  }

  void fill(Block *) override {}

 private:
  // Reads behind the rest that the buffer begins with, and gives the number of bytes to hand over: whole lines, or all
  // there is at the end. What is behind them is kept as the rest.
  size_t read_lines(PageBuffer &buffer) {
    size_t have = rest_size_;  // bytes in the buffer
    size_t lines = 0;          // of them, those that are whole lines; the rest has no newline
    rest_size_ = 0;
    for (;;) {
      // There must be room: a read of no bytes looks like the end.
      if (buffer.size() == have) buffer.grow(have + std::max(limits_.block_size / 2, PageBuffer::kPage));
      const auto ready = stop_.wait(stream_.get(), POLLIN, lines == 0 ? -1 : 0);
      if (ready == StopSignal::Ready::stopped) return 0;
      if (ready == StopSignal::Ready::timeout) break;
      const ssize_t got = ::read(stream_.get(), buffer.data() + have, buffer.size() - have);
      if (got < 0 && (errno == EINTR || errno == EAGAIN)) continue;
      if (got < 0) on_error_(errno, offset_ + have);
      if (got <= 0) {
        ended_ = true;
        return have;
      }
      const size_t before = have;
      have += static_cast<size_t>(got);
      if (const auto *last = static_cast<const uint8_t *>(memrchr(buffer.data() + before, '\n', have - before)))
        lines = static_cast<size_t>(last - buffer.data()) + 1;
      if (have > limits_.max_line && find_long_line(buffer.data(), have))
        return static_cast<size_t>(*too_long_ - offset_);
      if (have >= limits_.block_size && lines > 0) break;
    }
    rest_size_ = have - lines;
    if (rest_size_ > 0) {
      rest_.grow(rest_size_);
      std::memcpy(rest_.data(), buffer.data() + lines, rest_size_);
    }
    return lines;
  }

  // A line is too long as soon as it is known to be; what stands before it is handed over first.
  bool find_long_line(const uint8_t *data, size_t size) {
    size_t begin = 0;
    while (begin < size) {
      const auto *newline = static_cast<const uint8_t *>(std::memchr(data + begin, '\n', size - begin));
      const size_t end = newline ? static_cast<size_t>(newline - data) : size;
      if (end - begin > limits_.max_line) {
        too_long_ = offset_ + begin;
        return true;
      }
      begin = end + 1;
    }
    return false;
  }

  const Descriptor stream_;
  const ReadLimits limits_;
  const StopSignal &stop_;
  const OnError on_error_;
  PageBuffer rest_;  // the beginning of a line whose end is not there yet
  size_t rest_size_ = 0;
  uint64_t offset_ = 0;  // of the next block
  std::optional<uint64_t> too_long_;
  bool ended_ = false;
};

}  // namespace

std::unique_ptr<Reader> read_stream(Descriptor stream, ReadLimits limits, const StopSignal &stop,
                                    Reader::OnError on_error) {
  return std::make_unique<StreamReader>(std::move(stream), limits, stop, std::move(on_error));
}

}  // namespace plughost
