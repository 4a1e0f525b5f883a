// A descriptor that is written without waiting for whoever reads it.
#pragma once

#include <sys/types.h>
#include <sys/uio.h>

#include <span>

#include "os/file/descriptor.hpp"

namespace plughost {

// The descriptor may be shared with other processes, so its flags stay as they are.
class Outlet {
 public:
  // The descriptor stays the caller's, and open as long as this.
  explicit Outlet(int fd);

  // As writev with the first of the pieces, of which there is at least one: returns what was taken, or -1 with an
  // errno. Where a reader is slow it gives EAGAIN; a terminal may hold it all the same, when it cannot be opened again.
  ssize_t write(std::span<const iovec> pieces);

  // What to poll until it takes more.
  int fd() const { return own_.get() >= 0 ? own_.get() : fd_; }

 private:
  enum class Kind { file, socket, shared, own };

  ssize_t write_little(const iovec &piece) const;

  const int fd_;
  Descriptor own_{-1, true};
  Kind kind_ = Kind::file;
};

}  // namespace plughost
