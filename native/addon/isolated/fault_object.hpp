// Faults of isolated plugins as JavaScript sees them. See src/addon/fault.ts.
#pragma once

#include <napi.h>

#include "ipc/fault.hpp"

namespace plughost::addon {

// Every text is as the process that died left it: it may say anything, and bytes that are not UTF-8 become U+FFFD.
// [control]
Napi::Object object_of(Napi::Env env, const ipc::Fault &fault);
Napi::Object object_of(Napi::Env env, const ipc::FaultReport &report);

}  // namespace plughost::addon
