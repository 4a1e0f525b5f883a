// Bytes to a descriptor, in large writes.
#pragma once

#include <cstdint>
#include <span>

#include "descriptor.hpp"
#include "output.hpp"

namespace plughost {

class Writer : public Output {
 public:
  // Writes by a descriptor of its own, so that a plugin which closes or replaces standard output takes nothing away.
  explicit Writer(int fd);

  void put(ByteBuffer &bytes) override;
  void put_in_place(std::span<iovec> pieces) override;
  void flush() override;
  uint64_t written() const override { return written_; }

 private:
  void write_all(std::span<iovec> pieces);

  const Descriptor own_;  // -1: there was none to be had
  const int fd_;
  ByteBuffer held_;
  uint64_t written_ = 0;
};

}  // namespace plughost
