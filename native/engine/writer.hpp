// Bytes to a descriptor, in large writes.
#pragma once

#include <cstdint>
#include <span>

#include "output.hpp"

namespace plughost {

class Writer : public Output {
 public:
  // The descriptor is borrowed.
  explicit Writer(int fd) : fd_(fd) {}

  void put(ByteBuffer &bytes) override;
  void put_in_place(std::span<iovec> pieces) override;
  void flush() override;
  uint64_t written() const override { return written_; }

 private:
  void write_all(std::span<iovec> pieces);

  const int fd_;
  ByteBuffer held_;
  uint64_t written_ = 0;
};

}  // namespace plughost
