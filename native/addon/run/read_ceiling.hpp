// `readCeiling`: how fast this machine reads a file. See src/addon/exports.ts.
#pragma once

#include <napi.h>

namespace plughost::addon {

void define_read_ceiling(Napi::Env env, Napi::Object exports);

}  // namespace plughost::addon
