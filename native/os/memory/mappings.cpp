#include "os/memory/mappings.hpp"

#include <fcntl.h>
#include <link.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>

#include "os/file/descriptor.hpp"

namespace plughost {
namespace {

// Returns device and inode of the mapping at an address, as /proc/self/maps has them; empty when there is none. On some
// file systems they differ from those of stat, so a file is mapped to compare it with a mapping.
std::string file_at(uintptr_t address) {
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    unsigned long begin = 0, end = 0;
    char device[32] = {}, inode[32] = {};
    if (std::sscanf(line.c_str(), "%lx-%lx %*s %*s %31s %31s", &begin, &end, device, inode) != 4) continue;
    if (address >= begin && address < end) return std::string(device) + " " + inode;
  }
  return {};
}

}  // namespace

std::optional<bool> is_mapped_from(uintptr_t address, const std::string &path) {
  const Descriptor file(open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC), true);
  if (file.get() < 0) return std::nullopt;
  const auto page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  void *const own = mmap(nullptr, page, PROT_READ, MAP_PRIVATE, file.get(), 0);
  if (own == MAP_FAILED) return std::nullopt;
  const std::string wanted = file_at(reinterpret_cast<uintptr_t>(own));
  munmap(own, page);
  if (wanted.empty()) return std::nullopt;
  return file_at(address) == wanted;
}

std::optional<Mapping> mapping_at(uintptr_t address) {
  struct Search {
    uintptr_t address;
    std::optional<Mapping> found;
  } search{address, std::nullopt};
  dl_iterate_phdr(
      [](dl_phdr_info *object, size_t, void *data) {
        auto &wanted = *static_cast<Search *>(data);
        for (int i = 0; i < object->dlpi_phnum; i++) {
          const auto &segment = object->dlpi_phdr[i];
          if (segment.p_type != PT_LOAD) continue;
          const uintptr_t begin = object->dlpi_addr + segment.p_vaddr;
          if (wanted.address < begin || wanted.address - begin >= segment.p_memsz) continue;
          wanted.found = Mapping{object->dlpi_name, (segment.p_flags & PF_X) != 0, begin, begin + segment.p_memsz};
          return 1;
        }
        return 0;
      },
      &search);
  return search.found;
}

}  // namespace plughost
