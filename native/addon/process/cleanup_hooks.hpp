// What ends instances and their states, by their owner or with its JavaScript thread. See takeInstance in src/addon.ts.
#pragma once

#include <napi.h>

namespace plughost::addon {

void define_cleanup_hooks(Napi::Env env, Napi::Object exports);

}  // namespace plughost::addon
