#include "addon/library/open_library.hpp"

#include <dlfcn.h>
#include <link.h>
#include <unistd.h>

#include <stdexcept>
#include <utility>

namespace plughost::addon {
namespace {

// Counts whole pages.
uint64_t mapped_bytes([[maybe_unused]] void *handle) {
  uint64_t mapped = 0;
#if defined(__GLIBC__) && __GLIBC_PREREQ(2, 36)
  const ElfW(Phdr) *segments = nullptr;
  const int count = dlinfo(handle, RTLD_DI_PHDR, &segments);
  const auto page = static_cast<uintptr_t>(sysconf(_SC_PAGESIZE));
  for (int i = 0; i < count; i++) {
    if (segments[i].p_type != PT_LOAD) continue;
    const uintptr_t begin = segments[i].p_vaddr / page * page;
    mapped += (segments[i].p_vaddr + segments[i].p_memsz - begin + page - 1) / page * page;
  }
#endif
  return mapped;
}

}  // namespace

std::optional<OpenLibrary> find_open(const std::string &name) {
  // NOLOAD finds only what is open already. The handle is never closed, so the library stays mapped.
  void *handle = dlopen(name.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NOLOAD | RTLD_NODELETE);
  link_map *object = nullptr;
  if (!handle || dlinfo(handle, RTLD_DI_LINKMAP, &object) != 0) return std::nullopt;
  return OpenLibrary{object->l_name, object->l_addr, reinterpret_cast<uintptr_t>(object->l_ld), mapped_bytes(handle)};
}

OpenLibrary pin(const std::string &file) {
  auto found = find_open(file);
  if (found) return *std::move(found);
  const char *reason = dlerror();
  throw std::runtime_error(reason ? reason : "the library is not open: " + file);
}

}  // namespace plughost::addon
