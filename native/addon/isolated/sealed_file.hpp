// `SealedFile`: a copy of a file that nobody can change, as JavaScript sees it. See src/addon.ts.
#pragma once

#include <napi.h>

#include <memory>

#include "os/file/sealed_file.hpp"

namespace plughost::addon {

void define_sealed_file(Napi::Env env, Napi::Object exports);

// The copy behind an object that is a `SealedFile` and is not closed. Throws Napi::TypeError.
std::shared_ptr<const SealedFile> sealed_file_of(const Napi::Value &value);

}  // namespace plughost::addon
