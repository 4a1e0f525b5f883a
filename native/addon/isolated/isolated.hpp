// `Isolated`: a plugin in a process of its own, as JavaScript sees it.
#pragma once

#include <napi.h>

#include <memory>

#include "engine/isolation/worker_process.hpp"

namespace plughost::addon {

void define_isolated(Napi::Env env, Napi::Object exports);

// The plugin behind an object that is an `Isolated` and was started. Throws Napi::TypeError.
std::shared_ptr<const isolation::IsolatedPlugin> isolated_of(const Napi::Value &value);

// What JavaScript gets of faults: texts are as the process that died left them, neither clean nor true; what is not
// UTF-8 becomes U+FFFD.
Napi::Object object_of(Napi::Env env, const isolation::Fault &fault);
Napi::Object object_of(Napi::Env env, const isolation::FaultReport &report);

}  // namespace plughost::addon
