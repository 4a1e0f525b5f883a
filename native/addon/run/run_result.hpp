// The progress and the result of a run as JavaScript sees them. See src/addon/run-result.ts.
#pragma once

#include <napi.h>

#include "engine/run/run.hpp"

namespace plughost::addon {

Napi::Object counters_of(Napi::Env env, const Counters &counters, uint64_t total);

// The run must have ended. [control]
Napi::Object result_of(Napi::Env env, Run &run);

}  // namespace plughost::addon
