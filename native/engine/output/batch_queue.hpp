// An output that JavaScript reads in batches.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <vector>

#include "engine/output/output.hpp"
#include "plughost/base.h"

namespace plughost {

// What the batches of a queue hold.
enum class BatchForm {
  bytes,   // of lines; long ones are split between lines
  lines,   // these, with the spans of their lines
  frames,  // what was put at once, which is not split
};

// Bytes of output, and the spans of their lines without newlines.
struct Batch {
  ByteBuffer bytes;
  std::vector<plug_span> lines;
};

// A bounded queue of batches between the run, which puts bytes, and a reader, which takes batches. When the queue is
// full the run waits for the reader, so a slow reader slows the run down and does not use up memory.
class BatchQueue : public Output {
 public:
  // Calls `on_change` after each batch that was added and when the queue becomes full: on the run's thread, without a
  // lock.
  BatchQueue(BatchForm form, std::function<void()> on_change) : form_(form), on_change_(std::move(on_change)) {}

  void put(ByteBuffer &bytes) override;
  void put_in_place(std::span<OutputPiece> pieces) override;
  // Does nothing: the reader can take every batch at once.
  void flush() override {}
  uint64_t written() const override { return written_; }

  // Takes the oldest batch. Returns false when the queue is empty. [any]
  bool take(Batch *batch);
  // Returns whether the run waits for the reader. [any]
  bool full();
  // Lets the run go on without waiting. The reader can still take everything. [any]
  void stop_waiting() override;
  // Drops all batches, and all bytes that are put later. [any]
  void close();

 private:
  void add(ByteBuffer bytes);
  void find_lines(Batch *batch, size_t from) const;
  bool has_room(size_t size) const;

  const BatchForm form_;
  const std::function<void()> on_change_;
  uint64_t written_ = 0;

  std::mutex mutex_;  // guards what follows
  std::condition_variable taken_;
  std::deque<Batch> batches_;
  std::optional<size_t> waiting_size_;  // bytes that the run waits to add
  bool stopped_waiting_ = false;
  bool closed_ = false;
};

}  // namespace plughost
