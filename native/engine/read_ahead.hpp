// Reads while the only worker works.
#pragma once

#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

#include "source.hpp"

namespace plughost {

// A thread that takes blocks from a source before somebody asks for them. Several workers read for themselves, each
// while the others work; a single one would leave a second core idle.
class ReadAhead {
 public:
  explicit ReadAhead(Source &source);
  // Waits for the thread; the source must have ended or been stopped.
  ~ReadAhead();
  ReadAhead(const ReadAhead &) = delete;
  ReadAhead &operator=(const ReadAhead &) = delete;

  // As Source::next. One caller.
  bool next(Block *block);

 private:
  void work();

  Source &source_;
  std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  std::deque<Block> ready_;
  std::vector<Block> spare_;
  std::exception_ptr failure_;  // comes behind the blocks that are ready
  Block failed_;
  bool ended_ = false;
  bool abandoned_ = false;
  std::thread thread_;
};

}  // namespace plughost
