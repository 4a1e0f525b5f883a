#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

#include "engine/input/reader.hpp"

namespace plughost {
namespace {

// How many blocks are read ahead. Waking a thread takes about as long as reading a block. With several blocks, neither
// thread waits for the other often.
constexpr size_t kAhead = 8;

class ReadAhead : public Reader {
 public:
  ReadAhead(std::unique_ptr<Reader> reader, PagePool *pool)
      : reader_(std::move(reader)), spare_(spare_blocks(pool)), thread_([this] { work(); }) {}

  ~ReadAhead() override {
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
    if (!ready_.empty()) {
      // The source has set the position and the input of *block.
      std::swap(ready_.front().position, block->position);
      std::swap(ready_.front().input, block->input);
      std::swap(*block, ready_.front());
      spare_.push_back(std::move(ready_.front()));
      ready_.pop_front();
      lock.unlock();
      changed_.notify_all();
      return true;
    }
    if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
    return false;
  }

  void fill(Block *) override {}

 private:
  static std::vector<Block> spare_blocks(PagePool *pool) {
    std::vector<Block> blocks(kAhead);
    for (Block &block : blocks) block.buffer = PageBuffer(pool);
    return blocks;
  }

  void work() {
    for (;;) {
      Block block;
      {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return !spare_.empty() || abandoned_; });
        if (abandoned_) return;
        block = std::move(spare_.back());
        spare_.pop_back();
      }
      bool got = false;
      std::exception_ptr failure;
      try {
        block.clear();
        got = reader_->claim(&block);
        if (got) reader_->fill(&block);
      } catch (...) {
        failure = std::current_exception();
      }
      {
        std::lock_guard lock(mutex_);
        if (got && !failure) {
          ready_.push_back(std::move(block));
        } else {
          ended_ = true;
          failure_ = failure;
        }
      }
      changed_.notify_all();
      if (!got || failure) return;
    }
  }

  const std::unique_ptr<Reader> reader_;
  std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  std::deque<Block> ready_;
  std::vector<Block> spare_;
  std::exception_ptr failure_;  // rethrown after the blocks that are ready
  bool ended_ = false;
  bool abandoned_ = false;
  std::thread thread_;
};

}  // namespace

std::unique_ptr<Reader> read_ahead(std::unique_ptr<Reader> reader, PagePool *pool) {
  return std::make_unique<ReadAhead>(std::move(reader), pool);
}

}  // namespace plughost
