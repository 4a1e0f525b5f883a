// Where lines come from: one input after the other, as numbered blocks.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "engine/input/descriptor_stream.hpp"
#include "engine/input/feed.hpp"
#include "engine/input/reader.hpp"
#include "os/file/descriptor.hpp"
#include "os/file/file.hpp"
#include "os/thread/stop_signal.hpp"

namespace plughost {

struct InputSpec {
  std::string name;            // the path, when there is neither of the others, in the folder of the run's start
  int fd = -1;                 // borrowed
  std::shared_ptr<Feed> feed;  // null: none
};

// Bytes of a block, at most `most`, for an input of `size` bytes that `workers` threads share. [any]
size_t block_size_for(uint64_t size, unsigned workers, size_t most = kMaxBlock);

class Source {
 public:
  // A block size of 0 leaves the choice to the source, by the size of each input and the number of `workers`.
  Source(std::vector<InputSpec> inputs, ReadOptions limits, unsigned workers);

  // Fills *block with the next lines of the run; false when there are no more. Blocks are numbered from 0 without gaps;
  // one may be empty, and one may bring the failure of its input. Throws std::bad_alloc and std::system_error, always
  // with the block's number and input set. [any]
  bool next(Block *block);

  // No further blocks, and waiting for a pipe ends. [any]
  void stop();

  // No further blocks of this input, which had one, and waiting for it ends; some that were handed out may still come
  // back. [any]
  void skip_input(uint32_t input);

  // Inputs that were opened, or could not be. [any]
  uint32_t opened() const { return opened_; }

  // Bytes of all inputs as they are stored, or 0 when one of them is not a regular file.
  uint64_t total() const { return total_; }
  const std::string &name(uint32_t input) const { return inputs_[input].name; }

 private:
  bool claim(Block *block);
  std::unique_ptr<Reader> open(uint32_t input);
  std::unique_ptr<Reader> open_stream(std::unique_ptr<ByteStream> stored, std::shared_ptr<const StopSignal> stop);
  std::shared_ptr<const StopSignal> make_live_stop(uint32_t input);
  ReadOptions limits_for(uint64_t size) const;

  // What plugins make of the working folder meanwhile does not matter.
  const Descriptor folder_ = open_working_folder();
  const std::vector<InputSpec> inputs_;
  const ReadOptions limits_;
  const unsigned workers_;
  uint64_t total_ = 0;
  const std::shared_ptr<StopSignal> stop_ = std::make_shared<StopSignal>();

  std::mutex live_mutex_;                  // guards what follows
  uint32_t live_input_ = 0;                // the last one that may pause
  std::shared_ptr<StopSignal> live_stop_;  // its signal; null: there was none

  // Set by whoever claims, and asked for by others, who must not wait for a pipe as the claimer may.
  std::atomic<uint32_t> opened_{0};
  std::atomic<uint32_t> left_{UINT32_MAX};  // the last input of which no more is wanted

  std::mutex mutex_;  // guards what follows
  uint64_t number_ = 0;
  std::shared_ptr<Reader> reader_;
};

}  // namespace plughost
