#include "os/memory/mappings.hpp"

#include <fcntl.h>
#include <link.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <fstream>

#include "os/file/descriptor.hpp"

namespace plughost {
namespace {

// Returns device and inode of the mappings at two addresses, as /proc/self/maps has them; empty where there is none. On
// some file systems they differ from those of stat, so a file is mapped to compare it with a mapping. One reading
// serves both: the system writes hundreds of lines for it.
std::array<std::string, 2> files_at(std::array<uintptr_t, 2> addresses) {
  std::array<std::string, 2> files;
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    unsigned long begin = 0, end = 0;
    if (std::sscanf(line.c_str(), "%lx-%lx", &begin, &end) != 2) continue;
    for (size_t i = 0; i < addresses.size(); i++) {
      if (addresses[i] < begin || addresses[i] >= end) continue;
      char device[32] = {}, inode[32] = {};
      if (std::sscanf(line.c_str(), "%*s %*s %*s %31s %31s", device, inode) != 2) continue;
      files[i] = std::string(device) + " " + inode;
    }
  }
  return files;
}

}  // namespace

std::optional<bool> is_mapped_from(uintptr_t address, const std::string &path) {
  const Descriptor file(open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC), true);
  if (file.get() < 0) return std::nullopt;
  const auto page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  void *const own = mmap(nullptr, page, PROT_READ, MAP_PRIVATE, file.get(), 0);
  if (own == MAP_FAILED) return std::nullopt;
  const auto [wanted, found] = files_at({reinterpret_cast<uintptr_t>(own), address});
  munmap(own, page);
  if (wanted.empty()) return std::nullopt;
  return found == wanted;
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
