// `Job`: a run of the engine. See src/addon/job.ts.
#pragma once

#include <napi.h>

namespace plughost::addon {

void define_job(Napi::Env env, Napi::Object exports);

}  // namespace plughost::addon
