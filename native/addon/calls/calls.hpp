// Calls of a plugin's functions and its library's loader for a worker thread, where koffi may not be asked: see
// src/contract/calls.ts.
#pragma once

#include <napi.h>

namespace plughost::addon {

void define_calls(Napi::Env env, Napi::Object exports);

}  // namespace plughost::addon
