// A descriptor that is written without waiting for its reader.
// Platform: writev and, for sockets, sendmsg with MSG_DONTWAIT. A pipe or terminal is opened a second time by
// /proc/self/fd; without that, poll and writes of PIPE_BUF bytes serve.
#pragma once

#include <cstddef>
#include <span>

#include "os/file/descriptor.hpp"
#include "os/file/output_piece.hpp"

namespace plughost {

// Other processes may share the descriptor, so its flags stay unchanged.
class Outlet {
 public:
  // Borrows the descriptor, which must stay open as long as this object.
  explicit Outlet(int fd);

  // Writes pieces from the first on; there must be at least one. Returns how many bytes were written, or -1 with an
  // errno: EAGAIN when the reader is slow. A write to a terminal that cannot be opened a second time may still wait.
  std::ptrdiff_t write(std::span<const OutputPiece> pieces);

  // The descriptor to poll until it takes more.
  int fd() const { return own_.get() >= 0 ? own_.get() : fd_; }

 private:
  enum class Kind { file, socket, shared, own };

  std::ptrdiff_t write_little(const OutputPiece &piece) const;

  const int fd_;
  Descriptor own_{-1, true};
  Kind kind_ = Kind::file;
};

}  // namespace plughost
