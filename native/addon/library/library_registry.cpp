#include "addon/library/library_registry.hpp"

#include <sys/stat.h>

#include <algorithm>

#include "addon/library/open_library.hpp"
#include "os/memory/mappings.hpp"

namespace plughost::addon {

std::optional<FileIdentity> identity_of(const std::string &path) {
  struct stat status;
  if (::stat(path.c_str(), &status) != 0) return std::nullopt;
  return FileIdentity{static_cast<uint64_t>(status.st_dev), static_cast<uint64_t>(status.st_ino),
                      static_cast<uint64_t>(status.st_size),
                      status.st_mtim.tv_sec * 1'000'000'000LL + status.st_mtim.tv_nsec};
}

Registry &Registry::process() {
  // Never destroyed, because threads of plugins may outlive static destructors.
  static auto *const registry = new Registry;
  return *registry;
}

std::variant<uint32_t, Registry::Opening> Registry::begin(const std::string &path) {
  const auto self = std::this_thread::get_id();
  std::unique_lock lock(opening_mutex_);
  opening_ended_.wait(lock, [&] { return begun_.empty() || opener_ == self; });
  if (std::any_of(begun_.begin(), begun_.end(), [&](const Begun &one) { return one.path == path; }))
    throw RegistryError("OPENS_ITSELF", "it is being opened");
  if (const auto known = find(path)) return *known;
  const auto identity = identity_of(path);
  if (!identity) throw RegistryError("GONE", "the file is gone");
  Opening opening{*identity, latest(path)};
  begun_.push_back({path, *identity});
  opener_ = self;
  return opening;
}

uint32_t Registry::commit(LibraryRecord record) {
  record.identity = identity_when_begun(record.path);
  // Ends the opening after the record was added, or at an exception.
  struct End {
    Registry &registry;
    const std::string path;
    ~End() { registry.abort(path); }
  } const end{*this, record.path};
  const bool is_copy = record.file != record.path;
  if (!is_copy && identity_of(record.path) != record.identity)
    throw RegistryError("CHANGED", "the file changed meanwhile");
  OpenLibrary open;
  try {
    open = pin(record.file);
  } catch (const std::runtime_error &error) {
    throw RegistryError("PIN", error.what());
  }
  // The loader takes any library that is open under this name, even one that only has the path as its SONAME.
  if (!is_copy && !is_mapped_from(open.inside, record.path).value_or(true)) throw RegistryError("OTHER", open.path);
  record.base = open.base;
  record.mapped = open.mapped;
  if (const auto previous = latest(record.path)) record.generation = previous->generation + 1;
  return add(std::move(record));
}

void Registry::abort(const std::string &path) {
  std::lock_guard lock(opening_mutex_);
  if (opener_ != std::this_thread::get_id()) return;
  std::erase_if(begun_, [&](const Begun &one) { return one.path == path; });
  if (begun_.empty()) opening_ended_.notify_all();
}

void Registry::abort_all() {
  std::lock_guard lock(opening_mutex_);
  if (opener_ != std::this_thread::get_id()) return;
  begun_.clear();
  opening_ended_.notify_all();
}

FileIdentity Registry::identity_when_begun(const std::string &path) const {
  std::lock_guard lock(opening_mutex_);
  if (opener_ == std::this_thread::get_id())
    for (const Begun &one : begun_)
      if (one.path == path) return one.identity;
  throw RegistryError("NOT_BEGUN", "this thread does not open " + path);
}

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
    // The earlier generation is retired. If both share a mapping, only the latest record describes it.
    LibraryRecord &earlier = records_[std::exchange(latest->second, number)];
    if (earlier.base == record.base) earlier.description = {};
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
  const LibraryRecord &record = records_.at(number);
  // A deque never moves its elements, and path and identity never change, so both can be read without the lock.
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
