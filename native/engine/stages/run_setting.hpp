// Facts of a run that isolated stages need to start their processes.
#pragma once

#include <cstdint>

#include "os/memory/shared_memory.hpp"

namespace plughost {

namespace isolation {
class EndingRunners;
}

// `ending` and `blocks` must outlive the stages.
struct RunSetting {
  isolation::EndingRunners *ending;  // takes over the processes when the stages are destroyed
  const SharedMemory *blocks;  // the memory of the blocks, which the stage may read; null: it gets copies of its lines
  uint64_t max_block;          // bytes of the largest block, with an over-long line
  unsigned runners;            // processes of each isolated stage
  uint32_t stage;              // index of the stage in the run; the exporter follows the last stage
  uint64_t group_memory = UINT64_MAX;  // bytes that all groups of the run may take
};

}  // namespace plughost
