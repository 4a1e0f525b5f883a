// `builtin`: the plugins that are linked into the addon. See NativeBuiltin in src/addon/registry.ts.
#pragma once

#include <napi.h>

namespace plughost::addon {

void define_builtin(Napi::Env env, Napi::Object exports);

}  // namespace plughost::addon
