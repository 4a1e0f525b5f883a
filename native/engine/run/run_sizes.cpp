#include "engine/run/run_sizes.hpp"

#include <algorithm>
#include <thread>

#include "ipc/protocol.hpp"

namespace plughost {
namespace {

// Isolated stages get larger blocks, because each block wakes another process and then a thread here, which costs much
// more than a function call. Much larger ones leave the cache of a core before the runner has read them.
constexpr size_t kMaxIsolatedBlock = 1536 << 10;
// Where lines become rows, there is more work for each byte, and keys are read after the runner has parsed the block.
constexpr size_t kMaxRowBlock = 768 << 10;
// Blocks in shared memory: those in flight and those that were read ahead. The bytes of further blocks are copied.
constexpr size_t kPooledBlocks = 96;

// The most threads that share a runner.
constexpr unsigned kThreadsPerRunner = 2;
static_assert(kThreadsPerRunner <= ipc::kSlots);

unsigned cores() { return std::max(1u, std::thread::hardware_concurrency()); }

// Returns for how many workers the caller asked.
unsigned wanted_workers(const RunSpec &spec) { return spec.workers > 0 ? spec.workers : cores(); }

size_t isolated_block_of(const RunSpec &spec) {
  const bool rows = std::any_of(spec.stages.begin(), spec.stages.end(),
                                [](const auto &stage) { return stage->shape == Shape::rows; });
  return rows ? kMaxRowBlock : kMaxIsolatedBlock;
}

bool has_ordered_stage(const RunSpec &spec) {
  return std::any_of(spec.stages.begin(), spec.stages.end(), [](const auto &stage) { return stage->ordered(); });
}

}  // namespace

bool is_isolated(const RunSpec &spec) {
  return (spec.exporter && spec.exporter->isolated()) ||
         std::any_of(spec.stages.begin(), spec.stages.end(), [](const auto &stage) { return stage->isolated(); });
}

unsigned threads_per_runner(const RunSpec &spec) {
  return is_isolated(spec) && wanted_workers(spec) < cores() ? kThreadsPerRunner : 1;
}

unsigned workers_for(const RunSpec &spec) {
  return has_ordered_stage(spec) ? 1 : wanted_workers(spec) * threads_per_runner(spec);
}

size_t max_line_of(const RunSpec &spec) { return spec.max_line > 0 ? spec.max_line : kMaxLine; }

size_t max_block_of(const RunSpec &spec) { return spec.block_size > 0 ? spec.block_size : isolated_block_of(spec); }

std::unique_ptr<isolation::BlockPool> pool_for(const RunSpec &spec) {
  if (!is_isolated(spec)) return nullptr;
  // The reader of a stream needs room for the rest of one block and a whole further one.
  return std::make_unique<isolation::BlockPool>(kPooledBlocks, 4 * page_aligned(max_block_of(spec)));
}

ReadOptions read_options_for(const RunSpec &spec, PagePool *pool) {
  ReadOptions options{spec.block_size, max_line_of(spec), spec.long_lines};
  if (pool) options.max_block = options.stream_block = isolated_block_of(spec);
  options.pool = pool;
  return options;
}

// A single worker writes each block before it reads the next. Of several, each works on one block and has others that
// wait for a slower worker: it may be ahead by less than the system lets another thread run on its core.
size_t tasks_per_worker(unsigned workers) { return workers == 1 ? 1 : 4; }

}  // namespace plughost
