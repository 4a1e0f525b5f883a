// `readFolder`: the names in a folder. See src/addon/exports.ts.
#pragma once

#include <napi.h>

namespace plughost::addon {

void define_read_folder(Napi::Env env, Napi::Object exports);

}  // namespace plughost::addon
