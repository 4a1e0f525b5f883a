// An output that writes to a descriptor.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <span>
#include <vector>

#include "engine/output/output.hpp"
#include "os/file/descriptor.hpp"
#include "os/file/outlet.hpp"
#include "os/thread/stop_signal.hpp"

namespace plughost {

// Joins small buffers into large writes. It takes the buffers and writes them together, so their bytes are not copied
// once more; only very small ones are.
class Writer : public Output {
 public:
  // Writes to a duplicate of `fd`, so that a plugin which closes or replaces standard output does not affect the
  // writer; to `fd` itself when it cannot be duplicated. Throws SystemFailed.
  explicit Writer(int fd);

  void put(ByteBuffer &bytes) override;
  void put_in_place(std::span<OutputPiece> pieces) override;
  void flush() override;
  void stop_waiting() override;
  uint64_t written() const override { return written_; }

 private:
  using Clock = std::chrono::steady_clock;

  void write_all(std::span<OutputPiece> pieces);
  void await_reader();

  const Descriptor own_;  // -1: it could not be duplicated
  Outlet outlet_;
  std::vector<ByteBuffer> held_;   // small buffers that wait for more
  size_t held_size_ = 0;           // of their bytes
  std::vector<ByteBuffer> spare_;  // empty buffers, to be given for those that put() takes
  uint64_t written_ = 0;

  StopSignal stop_waiting_;
  std::atomic<Clock::time_point> deadline_{};  // set before stop_waiting_ is raised
};

}  // namespace plughost
