// Bytes to a descriptor, in large writes.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <span>

#include "engine/output/output.hpp"
#include "os/file/descriptor.hpp"
#include "os/file/outlet.hpp"
#include "os/thread/stop_signal.hpp"

namespace plughost {

class Writer : public Output {
 public:
  // Writes by a descriptor of its own, so that a plugin which closes or replaces standard output takes nothing away.
  // Throws SystemFailed.
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

  const Descriptor own_;  // -1: there was none to be had
  Outlet outlet_;
  ByteBuffer held_;
  uint64_t written_ = 0;

  StopSignal stop_waiting_;
  std::atomic<Clock::time_point> deadline_{};  // once it is hurried
};

}  // namespace plughost
