// Bytes to a descriptor, in large writes.
#pragma once

#include <sys/uio.h>

#include <cstdint>
#include <span>
#include <vector>

#include "sink.hpp"

namespace plughost {

// Thrown when the descriptor takes no more.
struct OutputFailed {
  int code;  // errno
};

class Writer {
 public:
  // The descriptor is borrowed.
  explicit Writer(int fd) : fd_(fd) {}

  // Takes bytes; they may be written later, together with others. Throws OutputFailed, std::bad_alloc.
  void put(std::span<const uint8_t> bytes);
  // Writes the pieces where they lie, behind everything put before. Throws OutputFailed.
  void put_in_place(std::span<iovec> pieces);
  // Writes what is still held. Throws OutputFailed.
  void flush();

  uint64_t written() const { return written_; }

 private:
  void write_all(std::span<iovec> pieces);

  const int fd_;
  ByteBuffer held_;
  uint64_t written_ = 0;
};

}  // namespace plughost
