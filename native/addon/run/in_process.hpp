// `InProcess`: a plugin of this process, as the owner of stages. See src/addon/in-process.ts.
#pragma once

#include <napi.h>

namespace plughost::addon {

void define_in_process(Napi::Env env, Napi::Object exports);

}  // namespace plughost::addon
