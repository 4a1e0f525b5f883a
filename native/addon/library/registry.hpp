// Exports the registry of libraries to JavaScript: see NativeRegistry in src/addon/registry.ts.
#pragma once

#include <napi.h>

namespace plughost::addon {

void define_registry(Napi::Env env, Napi::Object exports);

}  // namespace plughost::addon
