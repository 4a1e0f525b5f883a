// What JavaScript needs for control calls: pinning, checked memory, hosts, sinks, contexts. See src/addon.ts.
#pragma once

#include <napi.h>

#include <memory>

#include "engine/plugin/context.hpp"

namespace plughost::addon {

void define_control(Napi::Env env, Napi::Object exports);

// Whether this is the thread that the process began with, and not a worker thread of JavaScript.
bool on_main_thread();

// What a Context holds, which lives as long as anybody has it; throws TypeError when the value is none.
std::shared_ptr<CallContext> context_of(const Napi::Value &value);

}  // namespace plughost::addon
