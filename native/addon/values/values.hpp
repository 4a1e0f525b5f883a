// Single values that cross between JavaScript and C++. The readers throw Napi::TypeError, which begins with `what`.
#pragma once

#include <napi.h>

#include <cstdint>
#include <string>

namespace plughost::addon {

// Reads an address. It must be a bigint of at most 64 bits, and is not checked further.
uintptr_t address_of(const Napi::Value &value, const char *what);
Napi::Value bigint_of(Napi::Env env, const void *address);
// Reads a string, as UTF-8.
std::string text_of(const Napi::Value &value, const char *what);
// Reads the name of a file: text, or bytes that are not UTF-8 (systemPath in src/files/file-name.ts).
std::string file_name_of(const Napi::Value &value, const char *what);

// Returns an error with the system's message for an errno, which is its `errno`.
Napi::Error refused(Napi::Env env, int code);

}  // namespace plughost::addon
