// How fast files are read, for JavaScript. See src/addon.ts.
#pragma once

#include <napi.h>

namespace plughost::addon {

void define_read_ceiling(Napi::Env env, Napi::Object exports);

}  // namespace plughost::addon
