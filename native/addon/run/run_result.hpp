// What JavaScript is told of a run.
#pragma once

#include <napi.h>

#include "engine/run/run.hpp"

namespace plughost::addon {

Napi::Object counters_of(Napi::Env env, const Counters &counters, uint64_t total);

// Of a run that has ended.
Napi::Object result_of(Napi::Env env, const Run &run);

}  // namespace plughost::addon
