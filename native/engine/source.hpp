// Where lines come from: one input after the other, as numbered blocks.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "reader.hpp"

namespace plughost {

struct InputSpec {
  std::string name;  // the path, when there is no descriptor
  int fd = -1;       // borrowed
};

class Source {
 public:
  // `report` takes failures of single inputs, after which the source goes on with the next. It is called by any thread,
  // several at once.
  Source(std::vector<InputSpec> inputs, ReadLimits limits, std::function<void(Failure)> report);

  // Fills *block with the next lines of the run; false when there are no more. Blocks are numbered from 0 without gaps;
  // one may be empty. Throws LineTooLong, std::bad_alloc and std::system_error, always with the block's number set.
  // [any]
  bool next(Block *block);

  // No further blocks, and waiting for a pipe ends. [any]
  void stop() { stop_.raise(); }

  // Bytes of all inputs, or 0 when one of them is not a regular file.
  uint64_t total() const { return total_; }
  const std::string &name(uint32_t input) const { return inputs_[input].name; }

 private:
  std::unique_ptr<Reader> open(uint32_t input);

  const std::vector<InputSpec> inputs_;
  const ReadLimits limits_;
  const std::function<void(Failure)> report_;
  uint64_t total_ = 0;
  StopSignal stop_;

  std::mutex mutex_;  // guards what follows
  uint32_t opened_ = 0;
  uint64_t number_ = 0;
  std::shared_ptr<Reader> reader_;
};

}  // namespace plughost
