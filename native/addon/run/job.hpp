// Runs of the engine for JavaScript. See src/addon.ts.
#pragma once

#include <napi.h>

namespace plughost::addon {

void define_job(Napi::Env env, Napi::Object exports);

}  // namespace plughost::addon
