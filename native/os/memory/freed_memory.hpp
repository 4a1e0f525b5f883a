// Memory that was freed, and that the allocator keeps.
// Platform: malloc_trim of glibc. Elsewhere the allocator decides by itself.
#pragma once

namespace plughost {

// Gives memory that was freed back to the system. Without it, the arrays from which tables grew stay with the process,
// up to 64 MiB in the heap of each thread. It takes milliseconds. [any]
void give_back_freed_memory();

}  // namespace plughost
