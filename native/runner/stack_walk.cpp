#include "runner/stack_walk.hpp"

#include <dlfcn.h>
#include <unwind.h>

namespace plughost::runner {
namespace {

struct Walk {
  void **frames;
  size_t max;
  size_t count;
};

_Unwind_Reason_Code take(_Unwind_Context *context, void *argument) {
  auto *walk = static_cast<Walk *>(argument);
  void *const at = reinterpret_cast<void *>(_Unwind_GetIP(context));
  if (walk->count == walk->max || !at) return _URC_END_OF_STACK;
  walk->frames[walk->count++] = at;
  return _URC_NO_REASON;
}

}  // namespace

size_t walk_stack(void **frames, size_t max) {
  Walk walk{frames, max, 0};
  _Unwind_Backtrace(take, &walk);
  return walk.count;
}

void load_unwinder() { dlopen("libgcc_s.so.1", RTLD_NOW | RTLD_LOCAL); }

}  // namespace plughost::runner
