#include "engine/output/batch_queue.hpp"

#include <algorithm>
#include <cstring>
#include <new>

#include "engine/lines/lines.hpp"

namespace plughost {
namespace {

// Batches in the queue: enough that the reader rarely finds none, few enough that they stay in the cache.
constexpr size_t kMaxBatches = 4;
// Batches are joined up to this size, because handing one to JavaScript costs as much as thousands of bytes.
constexpr size_t kMaxJoined = 64 << 10;
// Larger output is split: the spans of a batch may take eight times the memory of its bytes.
constexpr size_t kMaxBatch = 4 << 20;

// Returns the whole lines in the first kMaxBatch bytes, or the first line if it is longer. `bytes` are more than
// kMaxBatch.
std::span<const uint8_t> first_part(std::span<const uint8_t> bytes) {
  const void *newline = memrchr(bytes.data(), '\n', kMaxBatch);
  if (!newline) newline = std::memchr(bytes.data() + kMaxBatch, '\n', bytes.size() - kMaxBatch);
  return newline ? bytes.first(static_cast<size_t>(static_cast<const uint8_t *>(newline) - bytes.data()) + 1) : bytes;
}

}  // namespace

void BatchQueue::put(ByteBuffer &bytes) {
  if (bytes.size() == 0) return;
  if (bytes.size() <= kMaxBatch || form_ == BatchForm::frames) {
    add(std::move(bytes));
    return;
  }
  for (auto left = bytes.bytes(); !left.empty();) {
    const auto part = left.size() > kMaxBatch ? first_part(left) : left;
    ByteBuffer copy;
    if (!copy.append(part.data(), part.size())) throw std::bad_alloc();
    add(std::move(copy));
    left = left.subspan(part.size());
  }
}

void BatchQueue::put_in_place(std::span<OutputPiece> pieces) {
  ByteBuffer bytes;
  size_t size = 0;
  for (const OutputPiece &piece : pieces) size += piece.size;
  if (!bytes.reserve(size)) throw std::bad_alloc();
  for (const OutputPiece &piece : pieces) bytes.append(piece.data, piece.size);
  put(bytes);
}

void BatchQueue::add(ByteBuffer bytes) {
  written_ += bytes.size();
  {
    std::unique_lock lock(mutex_);
    if (!has_room(bytes.size())) {
      waiting_size_ = bytes.size();
      lock.unlock();
      on_change_();
      lock.lock();
      taken_.wait(lock, [&] { return has_room(bytes.size()); });
      waiting_size_.reset();
    }
    if (closed_) return;
    if (!batches_.empty() && batches_.back().bytes.size() + bytes.size() <= kMaxJoined) {
      Batch &last = batches_.back();
      const size_t from = last.bytes.size();
      if (!last.bytes.append(bytes.bytes().data(), bytes.size())) throw std::bad_alloc();
      find_lines(&last, from);
    } else {
      Batch batch{std::move(bytes), {}};
      find_lines(&batch, 0);
      batches_.push_back(std::move(batch));
    }
  }
  on_change_();
}

// Returns whether `size` bytes can be added without waiting. The caller holds the lock.
bool BatchQueue::has_room(size_t size) const {
  return batches_.size() < kMaxBatches || batches_.back().bytes.size() + size <= kMaxJoined || stopped_waiting_ ||
         closed_;
}

bool BatchQueue::full() {
  std::lock_guard lock(mutex_);
  return waiting_size_ && !has_room(*waiting_size_);
}

// Adds the spans of the lines from byte `from` of the batch on.
void BatchQueue::find_lines(Batch *batch, size_t from) const {
  if (form_ != BatchForm::lines) return;
  const auto bytes = batch->bytes.bytes();
  constexpr uint32_t kStep = 4096;
  while (from < bytes.size()) {
    const size_t before = batch->lines.size();
    batch->lines.resize(before + kStep);
    const uint32_t found = split_lines(bytes.data(), &from, bytes.size(), batch->lines.data() + before, kStep);
    batch->lines.resize(before + found);
  }
}

bool BatchQueue::take(Batch *batch) {
  {
    std::lock_guard lock(mutex_);
    if (batches_.empty()) return false;
    *batch = std::move(batches_.front());
    batches_.pop_front();
  }
  taken_.notify_one();
  return true;
}

void BatchQueue::stop_waiting() {
  {
    std::lock_guard lock(mutex_);
    stopped_waiting_ = true;
  }
  taken_.notify_one();
}

void BatchQueue::close() {
  {
    std::lock_guard lock(mutex_);
    closed_ = true;
    batches_.clear();
  }
  taken_.notify_one();
}

}  // namespace plughost
