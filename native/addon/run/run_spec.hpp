// What JavaScript asks of a run.
#pragma once

#include <napi.h>

#include "engine/run/run.hpp"

namespace plughost::addon {

// Reads a RunSpec of src/addon/run-spec.ts, except for its output and the input that JavaScript feeds. Throws
// Napi::TypeError, which names the part of the spec that is wrong; a stage that is wrong has the code INVALID_STAGE.
// [control]
RunSpec read_run_spec(const Napi::Value &value);

}  // namespace plughost::addon
