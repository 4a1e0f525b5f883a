#include "engine/output/writer.hpp"

#include <cerrno>
#include <utility>

namespace plughost {
namespace {

// Output of this size is written at once. To join it with more would save little: the kernel spends much more time on
// copying the bytes than on the system call.
constexpr size_t kLarge = 64 << 10;

// A buffer of this size is copied to the end of the buffer before it, if that has room.
constexpr size_t kTiny = 1 << 10;

// Spare buffers keep at most this much memory.
constexpr size_t kSpare = 256 << 10;

// How long the writer waits for a slow reader after stop_waiting(). The thread that ends the run waits as long.
constexpr std::chrono::milliseconds kLastWait(400);

OutputPiece piece_of(std::span<const uint8_t> bytes) { return {bytes.data(), bytes.size()}; }

}  // namespace

Writer::Writer(int fd) : own_(duplicate(fd)), outlet_(own_.get() < 0 ? fd : own_.get()) {}

void Writer::put(ByteBuffer &buffer) {
  const auto bytes = buffer.bytes();
  if (bytes.size() >= kLarge) {
    OutputPiece piece = piece_of(bytes);
    put_in_place({&piece, 1});
    return;
  }
  if (bytes.empty()) return;
  held_size_ += bytes.size();
  if (bytes.size() <= kTiny && !held_.empty() && held_.back().room() >= bytes.size()) {
    held_.back().append(bytes.data(), bytes.size());
  } else {
    if (spare_.empty()) spare_.emplace_back();
    held_.push_back(std::exchange(buffer, std::move(spare_.back())));
    spare_.pop_back();
  }
  if (held_size_ >= kLarge) flush();
}

void Writer::put_in_place(std::span<OutputPiece> pieces) {
  flush();
  write_all(pieces);
}

void Writer::flush() {
  std::vector<OutputPiece> pieces;
  for (const ByteBuffer &buffer : held_) pieces.push_back(piece_of(buffer.bytes()));
  // What cannot be written is lost in any case, so the buffers do not wait for a second attempt.
  std::vector<ByteBuffer> writing = std::exchange(held_, {});
  held_size_ = 0;
  write_all(pieces);
  for (ByteBuffer &buffer : writing) {
    buffer.shrink(kSpare);
    spare_.push_back(std::move(buffer));
  }
}

void Writer::write_all(std::span<OutputPiece> pieces) {
  while (!pieces.empty()) {
    if (pieces.front().size == 0) {
      pieces = pieces.subspan(1);
      continue;
    }
    const auto wrote = outlet_.write(pieces);
    if (wrote < 0) {
      if (errno == EINTR) continue;
      if (errno != EAGAIN) throw OutputFailed{errno};
      await_reader();
      continue;
    }
    written_ += static_cast<uint64_t>(wrote);
    for (auto left = static_cast<size_t>(wrote); left > 0;) {
      OutputPiece &piece = pieces.front();
      const size_t step = std::min(left, piece.size);
      piece.data += step;
      piece.size -= step;
      left -= step;
      if (piece.size == 0) pieces = pieces.subspan(1);
    }
  }
}

// Waits until the descriptor can be written or has failed. Throws OutputAbandoned after the deadline.
void Writer::await_reader() {
  if (stop_waiting_.wait(outlet_.fd(), Event::writable, -1) != StopSignal::Ready::stopped) return;
  const auto remaining = std::chrono::duration_cast<std::chrono::milliseconds>(deadline_.load() - Clock::now());
  Polled polled{outlet_.fd(), Event::writable};
  if (remaining.count() <= 0 || poll({&polled, 1}, static_cast<int>(remaining.count())) == 0) throw OutputAbandoned{};
}

void Writer::stop_waiting() {
  if (stop_waiting_.raised()) return;
  deadline_ = Clock::now() + kLastWait;
  stop_waiting_.raise();
}

}  // namespace plughost
