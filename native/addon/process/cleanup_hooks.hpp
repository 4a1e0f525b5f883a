// Hooks that end plugin instances and their states. See claimInstance in src/addon/exports.ts.
#pragma once

#include <napi.h>

namespace plughost::addon {

void define_cleanup_hooks(Napi::Env env, Napi::Object exports);

}  // namespace plughost::addon
