#include "engine/output/writer.hpp"

#include <fcntl.h>
#include <poll.h>

#include <cerrno>
#include <new>

namespace plughost {
namespace {

// A write of this size costs the kernel far more to copy than to enter.
constexpr size_t kLarge = 64 << 10;

// The time in which a reader can still take what is complete, when the run is to end. Whoever ends it waits so long.
constexpr std::chrono::milliseconds kPatience(400);

iovec piece_of(std::span<const uint8_t> bytes) { return {const_cast<uint8_t *>(bytes.data()), bytes.size()}; }

}  // namespace

Writer::Writer(int fd) : own_(fcntl(fd, F_DUPFD_CLOEXEC, 3), true), outlet_(own_.get() < 0 ? fd : own_.get()) {}

void Writer::put(ByteBuffer &buffer) {
  const auto bytes = buffer.bytes();
  if (bytes.size() >= kLarge) {
    iovec piece = piece_of(bytes);
    put_in_place({&piece, 1});
    return;
  }
  if (!held_.append(bytes.data(), bytes.size())) throw std::bad_alloc();
  if (held_.size() >= kLarge) flush();
}

void Writer::put_in_place(std::span<iovec> pieces) {
  flush();
  write_all(pieces);
}

void Writer::flush() {
  iovec piece = piece_of(held_.bytes());
  held_.clear();
  write_all({&piece, 1});
}

void Writer::write_all(std::span<iovec> pieces) {
  while (!pieces.empty()) {
    if (pieces.front().iov_len == 0) {
      pieces = pieces.subspan(1);
      continue;
    }
    ssize_t wrote = outlet_.write(pieces);
    if (wrote < 0) {
      if (errno == EINTR) continue;
      if (errno != EAGAIN) throw OutputFailed{errno};
      await_reader();
      continue;
    }
    written_ += static_cast<uint64_t>(wrote);
    while (wrote > 0) {
      iovec &piece = pieces.front();
      const size_t step = std::min(static_cast<size_t>(wrote), piece.iov_len);
      piece.iov_base = static_cast<uint8_t *>(piece.iov_base) + step;
      piece.iov_len -= step;
      wrote -= static_cast<ssize_t>(step);
      if (piece.iov_len == 0) pieces = pieces.subspan(1);
    }
  }
}

// Waits until the descriptor takes more, or has failed. Throws OutputAbandoned.
void Writer::await_reader() {
  if (stop_waiting_.wait(outlet_.fd(), POLLOUT, -1) != StopSignal::Ready::stopped) return;
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline_.load() - Clock::now());
  pollfd polled{outlet_.fd(), POLLOUT, 0};
  if (left.count() <= 0 || poll(&polled, 1, static_cast<int>(left.count())) == 0) throw OutputAbandoned{};
}

void Writer::stop_waiting() {
  if (stop_waiting_.raised()) return;
  deadline_ = Clock::now() + kPatience;
  stop_waiting_.raise();
}

}  // namespace plughost
