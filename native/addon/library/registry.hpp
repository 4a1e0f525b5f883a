// The libraries that this process has opened, for all of its JavaScript threads: dlopen is per process, and so is this.
// See src/addon.ts.
#pragma once

#include <napi.h>

namespace plughost::addon {

void define_registry(Napi::Env env, Napi::Object exports);

}  // namespace plughost::addon
