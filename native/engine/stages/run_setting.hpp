// What the stages of one run have in common.
#pragma once

#include <cstdint>

#include "os/memory/shared_memory.hpp"

namespace plughost {

// The run owns it; it must outlive the stages.
struct RunSetting {
  const SharedMemory *blocks;  // that the stage may read whole; null: it gets copies of its lines
  uint64_t max_block;          // bytes of the largest block
  unsigned threads;            // of the run
  uint32_t stage;              // index of the stage in the run; the exporter follows the last stage
};

}  // namespace plughost
