// What JavaScript needs for control calls: pinning, checked memory, hosts, sinks, contexts. See src/addon.ts.
#pragma once

#include <napi.h>

#include <memory>
#include <string>

#include "engine/plugin/context.hpp"

namespace plughost::addon {

// The other way round.
Napi::Value bigint_of(Napi::Env env, const void *address);
// Throws Napi::TypeError when it is no string.
std::string text_of(const Napi::Value &value, const char *what);
// A name of a file, which is bytes (src/files/file-name.ts). Throws Napi::TypeError when it is no buffer.
std::string file_name_of(const Napi::Value &value, const char *what);

void define_control(Napi::Env env, Napi::Object exports);

// Whether this is the thread that the process began with, and not a worker thread of JavaScript.
bool on_main_thread();

// What a Context holds, which lives as long as anybody has it; throws TypeError when the value is none.
std::shared_ptr<CallContext> context_of(const Napi::Value &value);

// An address argument; throws TypeError when it is not a bigint of at most 64 bits.
uintptr_t address_of(const Napi::Value &value, const char *what);

}  // namespace plughost::addon
