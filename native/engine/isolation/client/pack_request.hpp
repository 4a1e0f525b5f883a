// Writes lines into the payload of a request.
#pragma once

#include <functional>
#include <span>

#include "engine/isolation/client/request_extra.hpp"
#include "engine/isolation/client/text_windows.hpp"
#include "engine/lines/content.hpp"
#include "engine/lines/selection.hpp"
#include "ipc/protocol.hpp"
#include "os/memory/shared_memory.hpp"

namespace plughost::isolation {

// A request without its operation, and how its payload is divided.
struct PackedRequest {
  ipc::Request request;
  uint64_t before_block;  // bytes before those of the block; all others follow the block
};

// Packs the lines of `in`, which span `windows`. Calls `payload` once to get memory, in which a plugin can read 64
// bytes after the lines. `extra` adds bytes after the lines; it may be null.
//
// Copies the bytes of these lines and no others. If the runner maps `blocks` (null: it does not) and the block lies
// there, the block is not copied. Otherwise each line keeps its offset in its text; the gaps between lines keep what
// an earlier request to the same runner left there. Throws std::bad_alloc.
PackedRequest pack_request(const Content &content, const Selection &in, const TextWindows &windows,
                           const SharedMemory *blocks, RequestExtra *extra,
                           const std::function<std::span<uint8_t>(uint64_t size)> &payload);

}  // namespace plughost::isolation
