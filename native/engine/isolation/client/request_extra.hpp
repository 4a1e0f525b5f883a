// Bytes that a request has after its lines.
#pragma once

#include <cstdint>

#include "engine/isolation/client/text_windows.hpp"
#include "engine/lines/selection.hpp"
#include "ipc/wire.hpp"

namespace plughost::isolation {

class RequestExtra {
 public:
  virtual ~RequestExtra() = default;
  // Returns how many bytes pack() needs at most, for these lines of the request.
  virtual uint64_t size(const Selection &in) = 0;
  // Appends what belongs to these lines, which span `windows`.
  virtual void pack(const Selection &in, const TextWindows &windows, ipc::Packer *to) = 0;
};

}  // namespace plughost::isolation
