// What JavaScript needs for control calls: checked memory, hosts, logs, sinks, contexts. See src/addon/exports.ts.
#pragma once

#include <napi.h>

#include <memory>

#include "engine/plugin/context.hpp"

namespace plughost::addon {

void define_control(Napi::Env env, Napi::Object exports);

// Returns whether this is the main thread of the process, and not a worker thread of JavaScript.
bool on_main_thread();

// Returns what a `Context` shares with the calls that use it. Throws Napi::TypeError when the value is not a Context.
std::shared_ptr<CallContext> context_of(const Napi::Value &value);

}  // namespace plughost::addon
