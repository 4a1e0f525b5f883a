// Reads the inputs of a run one after the other, as numbered blocks.
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
  std::string name;            // the path, unless fd or feed is set; relative to the working folder when the run starts
  int fd = -1;                 // borrowed
  std::shared_ptr<Feed> feed;  // null: none
};

// Returns the size of a block, at most `most`, for an input that `workers` threads share. All sizes are in bytes. [any]
size_t block_size_for(uint64_t size, unsigned workers, size_t most = kMaxBlock);

class Source {
 public:
  // With a block size of 0 the source chooses it by the size of each input and the number of `workers`.
  Source(std::vector<InputSpec> inputs, ReadOptions options, unsigned workers);

  // Fills *block with the next lines of the run. Returns false when there are no more. Blocks are numbered from 0
  // without gaps. A block may be empty, and may carry the failure of its input. Throws std::bad_alloc and
  // std::system_error; the block's number and input are set then too. [any]
  bool next(Block *block);

  // Ends the source: no further blocks, and a wait for a pipe ends. [any]
  void stop();

  // Skips the rest of an input that has given a block, and ends a wait for it. Blocks of it that were given out may
  // still be in work. [any]
  void skip_input(uint32_t input);

  // Returns how many inputs were opened so far, including those that could not be. [any]
  uint32_t opened() const { return opened_; }

  // Returns the size of all inputs as they are stored, in bytes; 0 when one of them is not a regular file.
  uint64_t total() const { return total_; }
  const std::string &name(uint32_t input) const { return inputs_[input].name; }

 private:
  bool claim(Block *block);
  std::unique_ptr<Reader> open(uint32_t input);
  std::unique_ptr<Reader> open_stream(std::unique_ptr<ByteStream> stored, std::shared_ptr<const StopSignal> stop);
  std::shared_ptr<const StopSignal> make_live_stop(uint32_t input);
  ReadOptions options_for(uint64_t size) const;

  // Names are looked up here, even if a plugin changes the working folder.
  const Descriptor folder_ = open_working_folder();
  const std::vector<InputSpec> inputs_;
  const ReadOptions options_;
  const unsigned workers_;
  uint64_t total_ = 0;
  const std::shared_ptr<StopSignal> stop_ = std::make_shared<StopSignal>();

  std::mutex live_mutex_;                  // guards what follows
  uint32_t live_input_ = 0;                // the last input that may pause
  std::shared_ptr<StopSignal> live_stop_;  // its signal; null: there was no such input

  // Not under mutex_: the thread that claims a block may wait for a pipe under it, and others must not wait with it.
  std::atomic<uint32_t> opened_{0};
  std::atomic<uint32_t> left_{UINT32_MAX};  // the last input that is skipped

  std::mutex mutex_;  // guards what follows
  uint64_t number_ = 0;
  std::shared_ptr<Reader> reader_;
};

}  // namespace plughost
