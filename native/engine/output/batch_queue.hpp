// Output that somebody takes at their own pace.
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

// Bytes of output with its lines, newlines not included.
struct Batch {
  ByteBuffer bytes;
  std::vector<plug_span> lines;
};

// Holds a few batches. Whoever puts more waits until one was taken, so that a slow taker makes the run slow and not the
// memory large.
class BatchQueue : public Output {
 public:
  // `on_change` is told, outside of any lock, that there may be a batch to take, or that the queue is full. With
  // `find_lines` the lines of batches are found.
  BatchQueue(bool find_lines, std::function<void()> on_change)
      : find_lines_(find_lines), on_change_(std::move(on_change)) {}

  void put(ByteBuffer &bytes) override;
  void put_in_place(std::span<OutputPiece> pieces) override;
  // Nothing is held back: who waits has what there is.
  void flush() override {}
  uint64_t written() const override { return written_; }

  // The oldest batch; false when there is none now. [any]
  bool take(Batch *batch);
  // Whether somebody waits until a batch is taken. [any]
  bool full();
  // From now on nobody waits: what is put is still there to be taken. [any]
  void stop_waiting() override;
  // From now on what is put is lost, like all that is there. [any]
  void close();

 private:
  void add(ByteBuffer bytes);
  void find_lines(Batch *batch, size_t from) const;
  bool has_room(size_t size) const;

  const bool find_lines_;
  const std::function<void()> on_change_;
  uint64_t written_ = 0;

  std::mutex mutex_;  // guards what follows
  std::condition_variable taken_;
  std::deque<Batch> batches_;
  std::optional<size_t> refused_;  // bytes that somebody waits with
  bool stopped_waiting_ = false;
  bool closed_ = false;
};

}  // namespace plughost
