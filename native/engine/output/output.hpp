// The interface of what takes the bytes of a run.
#pragma once

#include <cstdint>
#include <span>

#include "engine/plugin/sink.hpp"
#include "os/file/output_piece.hpp"

namespace plughost {

// Thrown when the output failed and takes no more bytes.
struct OutputFailed {
  int code;  // errno
};

// Thrown after stop_waiting() when the reader does not take the rest in time.
struct OutputAbandoned {};

// Takes bytes in output order, from one thread at a time. put(), put_in_place() and flush() may wait for the reader;
// they throw OutputFailed, OutputAbandoned and std::bad_alloc.
class Output {
 public:
  virtual ~Output() = default;
  // Appends the bytes of a buffer. May take its memory, so the caller clears the buffer before it uses it again. The
  // bytes may wait in the output for more.
  virtual void put(ByteBuffer &bytes) = 0;
  // Appends the bytes of several pieces without copying them first. Changes the pieces.
  virtual void put_in_place(std::span<OutputPiece> pieces) = 0;
  // Writes the bytes that wait in the output.
  virtual void flush() = 0;
  // Called when the run is to end: the other calls wait for the reader for a short time at most. [any]
  virtual void stop_waiting() = 0;
  // Returns the number of bytes that left the output.
  virtual uint64_t written() const = 0;
};

}  // namespace plughost
