// What JavaScript asks of a run.
#pragma once

#include <napi.h>

#include "engine/run/run.hpp"

namespace plughost::addon {

// Everything but the output, and inputs that JavaScript feeds. Throws TypeError with the part of the spec that is
// wrong.
RunSpec read_run_spec(Napi::Env env, const Napi::Value &value);

}  // namespace plughost::addon
