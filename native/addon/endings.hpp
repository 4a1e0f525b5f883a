// Calls of plugins that are due when a JavaScript thread ends. See callAtEnd in src/addon.ts.
#pragma once

#include <napi.h>

namespace plughost::addon {

void define_endings(Napi::Env env, Napi::Object exports);

}  // namespace plughost::addon
