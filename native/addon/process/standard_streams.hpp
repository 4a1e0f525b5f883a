// Moves standard input and output out of the reach of plugins. See takeStandardStreams in src/addon/exports.ts.
#pragma once

#include <napi.h>

namespace plughost::addon {

void define_standard_streams(Napi::Env env, Napi::Object exports);

}  // namespace plughost::addon
