#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

#include "reader.hpp"

namespace plughost {
namespace {

// Blocks that wait for a worker. Two hide the time between a block and the next; more would only be memory.
constexpr size_t kAhead = 2;

// A thread reads into blocks. It hands one over when it is full, or when it holds whole lines and the pipe has nothing
// more to give: a fast writer gets large blocks, and a slow one is answered at once.
class StreamReader : public Reader {
 public:
  StreamReader(Descriptor stream, ReadLimits limits, const StopSignal &stop, OnError on_error)
      : stream_(std::move(stream)), limits_(limits), stop_(stop), on_error_(std::move(on_error)) {
#ifdef F_SETPIPE_SZ
    // Fewer, larger reads; fails harmlessly where it is not a pipe or not allowed.
    static_cast<void>(fcntl(stream_.get(), F_SETPIPE_SZ, 1 << 20));
#endif
    thread_ = std::thread([this] { work(); });
  }

  ~StreamReader() override {
    {
      std::lock_guard lock(mutex_);
      abandoned_ = true;
    }
    changed_.notify_all();
    thread_.join();
  }

  bool claim(Block *block) override {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return !ready_.empty() || ended_; });
    if (ready_.empty()) {
      if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
      return false;
    }
    Block &next = ready_.front();
    next.number = block->number;
    next.input = block->input;
    std::swap(*block, next);
    if (spare_.size() < kAhead) spare_.push_back(std::move(next.buffer));
    ready_.pop_front();
    lock.unlock();
    changed_.notify_all();
    return true;
  }

  void fill(Block *) override {}

 private:
  void work() {
    try {
      read_all();
    } catch (...) {
      std::lock_guard lock(mutex_);
      failure_ = std::current_exception();
    }
    {
      std::lock_guard lock(mutex_);
      ended_ = true;
    }
    changed_.notify_all();
  }

  void read_all() {
    PageBuffer buffer;
    size_t have = 0;    // bytes in the buffer
    size_t looked = 0;  // of them, those without a newline that is not handed over yet
    size_t lines = 0;   // bytes of whole lines at its beginning
    uint64_t offset = 0;
    for (;;) {
      // There must be room: a read of no bytes looks like the end.
      buffer.grow(std::max(limits_.block_size, have + std::max(limits_.block_size / 2, PageBuffer::kPage)));
      const bool wait = lines == 0;
      const auto ready = stop_.wait(stream_.get(), POLLIN, wait ? -1 : 0);
      if (ready == StopSignal::Ready::stopped) return;
      ssize_t got = 0;
      if (ready == StopSignal::Ready::descriptor) {
        got = ::read(stream_.get(), buffer.data() + have, buffer.size() - have);
        if (got < 0 && (errno == EINTR || errno == EAGAIN)) continue;
        if (got < 0) on_error_(errno, offset + have);
        if (got <= 0) break;
        have += static_cast<size_t>(got);
        if (const auto *last = static_cast<const uint8_t *>(memrchr(buffer.data() + looked, '\n', have - looked)))
          lines = static_cast<size_t>(last - buffer.data()) + 1;
        looked = have;
        check_lines(buffer, have, offset);
        if (have < limits_.block_size || lines == 0) continue;
      }
      // Full, or nothing more for now: the whole lines go, the rest is carried over.
      PageBuffer rest = take_spare();
      rest.grow(std::max(limits_.block_size, have - lines));
      std::memcpy(rest.data(), buffer.data() + lines, have - lines);
      if (!hand_over(std::move(buffer), lines, offset)) return;
      offset += lines;
      have = looked = have - lines;
      lines = 0;
      buffer = std::move(rest);
    }
    if (have > 0) hand_over(std::move(buffer), have, offset);
  }

  // A line is too long as soon as it is known to be; what stands before it is handed over first.
  void check_lines(PageBuffer &buffer, size_t have, uint64_t offset) {
    if (have <= limits_.max_line) return;
    size_t begin = 0;
    while (begin < have) {
      const auto *newline = static_cast<const uint8_t *>(std::memchr(buffer.data() + begin, '\n', have - begin));
      const size_t end = newline ? static_cast<size_t>(newline - buffer.data()) : have;
      if (end - begin > limits_.max_line) {
        if (begin > 0) hand_over(std::move(buffer), begin, offset);
        throw LineTooLong{offset + begin};
      }
      begin = end + 1;
    }
  }

  PageBuffer take_spare() {
    std::lock_guard lock(mutex_);
    if (spare_.empty()) return {};
    PageBuffer buffer = std::move(spare_.back());
    spare_.pop_back();
    return buffer;
  }

  // False when nobody wants it any more.
  bool hand_over(PageBuffer buffer, size_t size, uint64_t offset) {
    Block block;
    block.live = true;
    block.offset = offset;
    block.consumed = size;
    block.buffer = std::move(buffer);
    block.end = size;
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return ready_.size() < kAhead || abandoned_ || stop_.raised(); });
    if (abandoned_ || stop_.raised()) return false;
    ready_.push_back(std::move(block));
    lock.unlock();
    changed_.notify_all();
    return true;
  }

  const Descriptor stream_;
  const ReadLimits limits_;
  const StopSignal &stop_;
  const OnError on_error_;

  std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  std::deque<Block> ready_;
  std::vector<PageBuffer> spare_;
  std::exception_ptr failure_;
  bool ended_ = false;
  bool abandoned_ = false;
  std::thread thread_;
};

}  // namespace

std::unique_ptr<Reader> read_stream(Descriptor stream, ReadLimits limits, const StopSignal &stop,
                                    Reader::OnError on_error) {
  return std::make_unique<StreamReader>(std::move(stream), limits, stop, std::move(on_error));
}

}  // namespace plughost
