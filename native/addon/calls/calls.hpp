// Calls functions of plugins, and the loader, for worker threads, which must not use koffi: see src/contract/calls.ts.
#pragma once

#include <napi.h>

namespace plughost::addon {

void define_calls(Napi::Env env, Napi::Object exports);

}  // namespace plughost::addon
