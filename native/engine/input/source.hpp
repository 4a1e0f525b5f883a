// Reads the inputs of a run as blocks, in the order of the inputs and of the bytes in each.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
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
  std::string name;  // the path, unless fd or feed is set; relative to the working folder when the run starts
  int fd = -1;       // borrowed
  // A part of a regular file: the lines that begin after a newline in these bytes, and the line at byte 0. Only the
  // whole of a compressed file can be read. An end of 0: the input has no such bounds.
  uint64_t begin = 0, end = 0;
  std::shared_ptr<Feed> feed;  // null: none
};

// Returns the size of a block, at most `most`, for an input that `workers` threads share. All sizes are in bytes. [any]
size_t block_size_for(uint64_t size, unsigned workers, size_t most = kMaxBlock);

class Source {
 public:
  // With a block size of 0 the source chooses it by the size of each input and the number of `workers`.
  Source(std::vector<InputSpec> inputs, ReadOptions options, unsigned workers);

  // Fills *block with the next lines of the run. Returns false when there are no more. The blocks of an input are
  // numbered from 0 without gaps, and the last one says so. A block may be empty, and may carry the failure of its
  // input. While another worker opens an input, next() opens a further one if it `may_open_ahead`, and else waits.
  // Throws std::bad_alloc and std::system_error; the block's position is set then too. [any]
  bool next(Block *block, bool may_open_ahead);

  // Ends the source: no further blocks, and a wait for a pipe ends. [any]
  void stop();

  // Skips the rest of an input that has given a block, and ends a wait for it. Blocks of it that were given out may
  // still be in work. [any]
  void skip_input(uint32_t input);

  // Returns how many inputs were opened so far, including those that could not be. [any]
  uint32_t opened() const { return opened_; }

  // Returns the size of all inputs as they are stored, in bytes; 0 when one of them is not a regular file. Asks the
  // system for the size of each input that was not opened yet. [any]
  uint64_t total();
  const std::string &name(uint32_t input) const { return inputs_[input].name; }

 private:
  // An input whose last block was not claimed yet. One worker at a time opens it, or waits for a block of it.
  struct Opened {
    enum class State {
      examined,  // a worker looks whether it is a plain file, and then opens it
      deferred,  // it is not, so it is opened when its turn comes
      opening,   // a worker opens it in its turn
      ready,     // a block can be claimed
      waiting    // a worker waits for the next block
    };

    uint32_t input;
    State state = State::examined;
    std::shared_ptr<Reader> reader = nullptr;
    uint64_t claimed = 0;  // number of blocks
  };
  using Lock = std::unique_lock<std::mutex>;

  bool claim(Lock &lock, std::vector<Opened>::iterator opened, Block *block);
  bool open_next(Lock &lock, Block *block);
  bool open(Lock &lock, uint32_t input, bool ahead, Block *block);
  std::unique_ptr<Reader> make_reader(uint32_t input, bool ahead, Block *block);
  bool is_regular(const InputSpec &spec) const;
  std::unique_ptr<Reader> open_stream(std::unique_ptr<ByteStream> stored, std::shared_ptr<const StopSignal> stop);
  std::vector<Opened>::iterator find(uint32_t input);
  void close(uint32_t input, Block *block);
  void set_state(uint32_t input, Opened::State state);
  std::shared_ptr<const StopSignal> make_live_stop(uint32_t input);
  ReadOptions options_for_file(uint64_t size) const;
  ReadOptions options_for_stream() const;

  // Names are looked up here, even if a plugin changes the working folder.
  const Descriptor folder_ = open_working_folder();
  const std::vector<InputSpec> inputs_;
  const ReadOptions options_;
  const unsigned workers_;
  const std::shared_ptr<StopSignal> stop_ = std::make_shared<StopSignal>();

  // By input, in bytes: kUnknownSize when it is not known yet, kNoSize when the input is not a regular file.
  std::vector<std::atomic<uint64_t>> sizes_;

  std::mutex live_mutex_;                  // guards what follows
  uint32_t live_input_ = 0;                // the last input that may pause
  std::shared_ptr<StopSignal> live_stop_;  // its signal; null: there was no such input

  std::atomic<uint32_t> opened_{0};
  std::atomic<uint32_t> left_{UINT32_MAX};  // the last input that is skipped

  std::mutex mutex_;                 // guards what follows; no thread that holds it waits for an input
  std::condition_variable changed_;  // the state of an input changed, or the source was stopped
  std::vector<Opened> open_;         // ascending by input
};

}  // namespace plughost
