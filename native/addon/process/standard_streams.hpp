// Standard input and output, out of the reach of plugins.
#pragma once

#include <napi.h>

namespace plughost::addon {

void define_standard_streams(Napi::Env env, Napi::Object exports);

}  // namespace plughost::addon
