// Ends the process without exit handlers. See endProcess in src/addon/exports.ts.
#pragma once

#include <napi.h>

namespace plughost::addon {

void define_process_end(Napi::Env env, Napi::Object exports);

}  // namespace plughost::addon
