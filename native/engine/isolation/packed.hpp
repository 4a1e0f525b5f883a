// Lines as a request carries them.
#pragma once

#include <functional>
#include <span>

#include "engine/isolation/pieces.hpp"
#include "ipc/protocol.hpp"
#include "os/memory/shared_memory.hpp"

namespace plughost::isolation {

// Puts the lines of `in`, whose windows are given, into the payload of a request about them, for which room is asked
// once. Returns the request without its operation. It holds no byte of another line: where the runner may read
// `blocks`, and the block lies there, that is not copied; else the bytes of the lines are put where they are in their
// text, and what is between them stays as an earlier request to the same runner has left it. Throws std::bad_alloc.
ipc::Request packed(const Content &content, const Selection &in, const Windows &windows, const SharedMemory *blocks,
                    const std::function<std::span<uint8_t>(uint64_t size)> &payload);

}  // namespace plughost::isolation
