// Where the bytes of a run go.
#pragma once

#include <cstdint>
#include <span>

#include "engine/plugin/sink.hpp"
#include "os/file/output_piece.hpp"

namespace plughost {

// Thrown when it takes no more.
struct OutputFailed {
  int code;  // errno
};

// Thrown when the run was told to end, and whoever reads does not take what is left.
struct OutputAbandoned {};

// Used in the order of the output by one thread at a time. All but `stop_waiting` throw OutputFailed, OutputAbandoned,
// std::bad_alloc.
class Output {
 public:
  virtual ~Output() = default;
  // Takes the bytes of a buffer, and perhaps its memory; they may go out later, together with others.
  virtual void put(ByteBuffer &bytes) = 0;
  // Takes the pieces from where they lie, behind everything put before.
  virtual void put_in_place(std::span<OutputPiece> pieces) = 0;
  // Sends on what is still held.
  virtual void flush() = 0;
  // The run is to end: from now on nobody waits for a reader, or not for long. [any]
  virtual void stop_waiting() = 0;
  // Bytes that have gone out.
  virtual uint64_t written() const = 0;
};

}  // namespace plughost
