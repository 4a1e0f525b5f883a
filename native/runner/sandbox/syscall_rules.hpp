// The rules of the sandbox's two filters, by what they allow. `filter` gets the rules in the order of the calls.
#pragma once

#include "runner/sandbox/syscall_filter.hpp"

namespace plughost::runner {

// Allows what every process needs: locks, memory, clocks, its own identity, exit; and writing to standard output and
// error, or with `writing` to every descriptor.
void allow_basics(SyscallFilter &filter, bool writing);

// Traps mappings that no limit counts when they are made (stacks that grow, huge pages, shared memory), and memory that
// is written and executed. No library needs them. `compiles` allows what a compiler does that never has both at once:
// to make memory executable that was written before. Call it before rules that allow mmap and mprotect.
void trap_odd_memory(SyscallFilter &filter, bool compiles);

// Allows threads if they are granted. Processes and namespaces are refused always.
void allow_threads(SyscallFilter &filter, bool granted);

// Allows the system calls for file access. Landlock decides which paths. Without Landlock every path is allowed.
void allow_files(SyscallFilter &filter, bool reading, bool writing);

}  // namespace plughost::runner
