// What a runner offers a plugin that passes blocks on to a program of its own, as the adapter of the form `grpc` does:
// plug_host.extension(kSharedBlocks). plugins-rust/grpc/src/memory.rs has the same struct.
#pragma once

#include <cstdint>

namespace plughost::ipc {

constexpr char kSharedBlocks[] = "plughost.blocks/1";

// The memory of the run's blocks. A block that the plugin is called with may lie in it. The host writes a block before
// it asks about it, and not again before the answer.
struct SharedBlocks {
  uint32_t size;        // of this struct
  int32_t descriptor;   // open for reading; belongs to the runner, until it ends
  const uint8_t *data;  // where the runner maps it
  uint64_t data_size;   // bytes of the mapping. The file may be shorter: it grows as the host needs it
};

}  // namespace plughost::ipc
