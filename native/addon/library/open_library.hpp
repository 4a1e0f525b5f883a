// What the dynamic loader has open, asked without opening anything.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace plughost::addon {

struct OpenLibrary {
  std::string path;  // as the loader knows it
  uintptr_t base;    // where the library is loaded
  uintptr_t inside;  // an address that is mapped from the library's file
  uint64_t mapped;   // bytes of address space; 0 when the loader cannot tell (glibc before 2.36)
};

// Returns the library that the process has open under `name`, a path or a SONAME: every library that needs this name
// gets that one. The library then stays open for the life of the process. [any]
std::optional<OpenLibrary> find_open(const std::string &name);

// As find_open, for a file that was just opened. Throws std::runtime_error with the loader's text when it is not open.
OpenLibrary pin(const std::string &file);

}  // namespace plughost::addon
