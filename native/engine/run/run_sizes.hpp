// How many workers and blocks a run has, and how large its blocks are.
#pragma once

#include <cstddef>
#include <memory>

#include "engine/input/source.hpp"
#include "engine/isolation/block_pool.hpp"
#include "engine/run/run_spec.hpp"

namespace plughost {

// Returns whether a stage or the exporter runs in processes of its own.
bool is_isolated(const RunSpec &spec);

// Returns how many worker threads share a runner of each isolated stage; 1 when no stage is isolated. While the runner
// works for one thread, another one reads and writes. Where the runners already occupy all cores, each has one thread:
// the two take turns on a core, and what one has read or written is still in that core's cache.
unsigned threads_per_runner(const RunSpec &spec);

// Returns the number of worker threads. It is 1 when a stage needs the lines in order. Isolated stages have a runner
// for every threads_per_runner() of them.
unsigned workers_for(const RunSpec &spec);

// Returns the bytes of the longest line that the reader passes on whole.
size_t max_line_of(const RunSpec &spec);

// Returns the bytes of the largest block of an isolated run, without over-long lines.
size_t max_block_of(const RunSpec &spec);

// Returns the shared memory for the blocks of an isolated run; null when the run is not isolated.
std::unique_ptr<isolation::BlockPool> pool_for(const RunSpec &spec);

// Returns the options of the source. `pool` may be null and must outlive the source.
ReadOptions read_options_for(const RunSpec &spec, PagePool *pool);

// Returns how many blocks each worker may have in flight at a time.
size_t tasks_per_worker(unsigned workers);

}  // namespace plughost
