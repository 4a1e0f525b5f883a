#include "addon/library/library_registry.hpp"

#include <dlfcn.h>
#include <link.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <stdexcept>

namespace plughost::addon {

std::optional<FileIdentity> identity_of(const std::string &path) {
  struct stat facts;
  if (::stat(path.c_str(), &facts) != 0) return std::nullopt;
  return FileIdentity{static_cast<uint64_t>(facts.st_dev), static_cast<uint64_t>(facts.st_ino),
                      static_cast<uint64_t>(facts.st_size),
                      facts.st_mtim.tv_sec * 1'000'000'000LL + facts.st_mtim.tv_nsec};
}

namespace {

// Address space in whole pages; 0 where the loader is too old to tell (glibc before 2.36).
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
  // NOLOAD: only what is open already is found. The handle is kept on purpose: no library is ever closed.
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

Registry &Registry::process() {
  // Never destroyed: threads of plugins may outlive static destructors.
  static auto *const registry = new Registry;
  return *registry;
}

Registry::Opening::Opening(Registry &registry, std::string path) : registry_(registry), lock_(registry.opening_mutex_) {
  auto &opening = registry_.opening_;
  if (std::find(opening.begin(), opening.end(), path) != opening.end()) throw OpensItself{};
  opening.push_back(std::move(path));
}

Registry::Opening::~Opening() { registry_.opening_.pop_back(); }

std::optional<uint32_t> Registry::find(const std::string &path) const {
  std::lock_guard lock(mutex_);
  const auto found = latest_.find(path);
  if (found == latest_.end() || records_[found->second].retired) return std::nullopt;
  return found->second;
}

std::optional<std::string> Registry::holder_of(const std::string &id, const std::string &but_path) const {
  std::lock_guard lock(mutex_);
  for (const LibraryRecord &record : records_)
    if (!record.retired && record.id == id && record.path != but_path) return record.path;
  for (auto held = held_.lower_bound({id, ""}); held != held_.end() && held->first == id; ++held)
    if (held->second != but_path) return held->second;
  return std::nullopt;
}

Registry::Held::Held(Registry &registry, std::string id, std::string path)
    : registry_(registry), held_(std::move(id), std::move(path)) {
  std::lock_guard lock(registry_.mutex_);
  registry_.held_.insert(held_);
}

Registry::Held::~Held() {
  std::lock_guard lock(registry_.mutex_);
  registry_.held_.erase(registry_.held_.find(held_));
}

std::optional<LibraryRecord> Registry::latest(const std::string &path) const {
  std::lock_guard lock(mutex_);
  const auto found = latest_.find(path);
  if (found == latest_.end()) return std::nullopt;
  return records_[found->second];
}

uint32_t Registry::add(LibraryRecord record) {
  std::lock_guard lock(mutex_);
  const auto number = static_cast<uint32_t>(records_.size());
  const auto [latest, first] = latest_.try_emplace(record.path, number);
  if (!first) {
    // An earlier generation is retired, and nobody finds it any more. What it has of a mapping stays known once.
    LibraryRecord &earlier = records_[std::exchange(latest->second, number)];
    if (earlier.base == record.base) earlier.facts = {};
  }
  records_.push_back(std::move(record));
  return number;
}

void Registry::retire(uint32_t number) {
  std::lock_guard lock(mutex_);
  records_.at(number).retired = true;
}

bool Registry::is_retired(uint32_t number) const {
  std::lock_guard lock(mutex_);
  return records_.at(number).retired;
}

bool Registry::is_stale(uint32_t number) const {
  std::unique_lock lock(mutex_);
  const LibraryRecord &record = records_.at(number);  // stays where it is, and these two fields never change
  lock.unlock();
  return identity_of(record.path) != record.identity;
}

LibraryRecord Registry::at(uint32_t number) const {
  std::lock_guard lock(mutex_);
  return records_.at(number);
}

uint32_t Registry::size() const {
  std::lock_guard lock(mutex_);
  return static_cast<uint32_t>(records_.size());
}

std::vector<LibraryRecord> Registry::all() const {
  std::lock_guard lock(mutex_);
  return {records_.begin(), records_.end()};
}

}  // namespace plughost::addon
