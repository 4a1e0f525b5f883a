// One input as blocks of whole lines.
#pragma once

#include <unistd.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "block.hpp"
#include "failure.hpp"
#include "stop_signal.hpp"

namespace plughost {

struct ReadLimits {
  size_t block_size;  // bytes, a multiple of the page
  size_t max_line;    // bytes, without the newline
};

// A line over the limit: thrown by reading, reported by the run at its place in the order.
struct LineTooLong {
  uint64_t offset;  // of the line in its input
};

// A descriptor that is closed when it is ours.
class Descriptor {
 public:
  Descriptor(int fd, bool owned) : fd_(fd), owned_(owned) {}
  Descriptor(Descriptor &&other) noexcept : fd_(std::exchange(other.fd_, -1)), owned_(other.owned_) {}
  Descriptor &operator=(Descriptor &&) = delete;
  ~Descriptor() {
    if (owned_ && fd_ >= 0) close(fd_);
  }
  int get() const { return fd_; }

 private:
  int fd_;
  bool owned_;
};

class Reader {
 public:
  // Takes errno of a read that failed and the offset where; the input ends there.
  using OnError = std::function<void(int code, uint64_t offset)>;

  virtual ~Reader() = default;
  // Claims the next piece of the input for *block; false at its end. One caller at a time; may wait for a pipe.
  virtual bool claim(Block *block) = 0;
  // Completes what was claimed. Throws LineTooLong, std::bad_alloc. [any]
  virtual void fill(Block *block) = 0;
};

// Positional reads of a regular file, from its current position to the size it has now: what is appended later is not
// read, and what is cut off is missing, without harm.
std::unique_ptr<Reader> read_file(Descriptor file, uint64_t from, uint64_t size, ReadLimits limits,
                                  Reader::OnError on_error);

// A pipe, terminal or socket, read as it comes until `stop` is raised.
std::unique_ptr<Reader> read_stream(Descriptor stream, ReadLimits limits, const StopSignal &stop,
                                    Reader::OnError on_error);

}  // namespace plughost
