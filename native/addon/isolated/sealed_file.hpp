// `SealedFile`: a copy of a file that no process can change. See src/addon/sealed-file.ts.
#pragma once

#include <napi.h>

#include <memory>

#include "os/file/sealed_file.hpp"

namespace plughost::addon {

void define_sealed_file(Napi::Env env, Napi::Object exports);

// Returns the copy that a `SealedFile` holds. Throws Napi::TypeError when the value is no SealedFile, or is closed.
std::shared_ptr<const SealedFile> sealed_file_of(const Napi::Value &value);

}  // namespace plughost::addon
