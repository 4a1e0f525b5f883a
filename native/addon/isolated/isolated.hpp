// `Isolated`: a plugin in processes of its own. See src/addon/isolated.ts.
#pragma once

#include <napi.h>

namespace plughost::addon {

void define_isolated(Napi::Env env, Napi::Object exports);

}  // namespace plughost::addon
