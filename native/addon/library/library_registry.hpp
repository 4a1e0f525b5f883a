// The libraries that this process has opened: one record for each opening of a file, shared by all threads, never
// removed. See NativeRegistry in src/addon/registry.ts.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

namespace plughost::addon {

// Tells a file from other files and from its own earlier content.
struct FileIdentity {
  uint64_t device, inode, size;
  int64_t modified_ns;
  bool operator==(const FileIdentity &) const = default;
};

// Returns the identity of the file at `path`, or nothing when the system cannot stat it. [any]
std::optional<FileIdentity> identity_of(const std::string &path);

struct LibraryRecord {
  std::string path;         // the real path
  std::string file;         // what was opened: `path`, or a private copy
  std::string id;           // of its manifest, or empty
  std::string description;  // for the threads that find the record; the registry does not read it
  FileIdentity identity;    // of `path` when it was opened
  uint32_t generation = 1;  // 1 for the first opening of the path, 2 for the next, and so on
  uintptr_t base = 0;       // where it is mapped
  uint64_t mapped = 0;      // bytes of address space
  bool retired = false;     // find() no longer returns it
};

// Why a library was not opened or not recorded.
struct RegistryError : std::runtime_error {
  RegistryError(const char *error_code, const std::string &message) : std::runtime_error(message), code(error_code) {}
  const char *code;  // GONE, OPENS_ITSELF, NOT_BEGUN, CHANGED, PIN or OTHER: see src/addon/registry.ts
};

class Registry {
 public:
  // The registry of this process.
  static Registry &process();

  // An opening that begin() has started.
  struct Opening {
    FileIdentity identity;                  // of the file when begin() looked at it
    std::optional<LibraryRecord> previous;  // the last generation of the path, which is retired
  };

  // Starts to open `path`, a real path. Only one thread opens libraries at a time: begin() waits until the other thread
  // has called commit() or abort(), as dlopen would wait. So of two threads that open one path, one loads the library
  // and the other finds it. Returns the number of the library if it is open by then. Otherwise commit() or abort() of
  // the same thread must follow. Meanwhile that thread may open other libraries, because a constructor may ask for
  // that, but not the same one. Throws RegistryError (GONE, OPENS_ITSELF). [any]
  std::variant<uint32_t, Opening> begin(const std::string &path);

  // Records the library that this thread has just loaded from `record.file`, and ends the opening of `record.path`,
  // also when it throws. Fills in the identity, the generation and the mapping. Returns the number of the record.
  // Throws RegistryError (NOT_BEGUN, CHANGED, PIN, OTHER). [any]
  uint32_t commit(LibraryRecord record);

  // Ends an opening of this thread without a record; does nothing when there is none. [any]
  void abort(const std::string &path);

  // Ends all openings of this thread, which is about to end. [any]
  void abort_all();

  // Returns the number of the latest record of a path, unless it is retired. [any]
  std::optional<uint32_t> find(const std::string &path) const;

  // Returns a path other than `but_path` whose plugin has this manifest id: of a library that is not retired, or of an
  // isolated plugin. [any]
  std::optional<std::string> holder_of(const std::string &id, const std::string &but_path) const;

  // Reserves a manifest id for an isolated plugin, which has no record, until it is destroyed. [any]
  class Held {
   public:
    Held(Registry &registry, std::string id, std::string path);
    ~Held();
    Held(const Held &) = delete;
    Held &operator=(const Held &) = delete;

   private:
    Registry &registry_;
    const std::pair<std::string, std::string> held_;
  };

  // The rest takes the number of a record, as commit() returned it. Numbers start at 0 and stay valid. [any]
  void retire(uint32_t number);
  bool is_retired(uint32_t number) const;
  // Returns whether the file at the path is gone or has changed since it was opened.
  bool is_stale(uint32_t number) const;
  LibraryRecord at(uint32_t number) const;
  uint32_t size() const;
  std::vector<LibraryRecord> all() const;

 private:
  struct Begun {
    std::string path;
    FileIdentity identity;
  };

  std::optional<LibraryRecord> latest(const std::string &path) const;
  FileIdentity identity_when_begun(const std::string &path) const;
  uint32_t add(LibraryRecord record);

  mutable std::mutex opening_mutex_;
  std::condition_variable opening_ended_;
  std::thread::id opener_;    // the thread that has begun `begun_`; guarded by opening_mutex_
  std::vector<Begun> begun_;  // the openings of that thread; guarded by opening_mutex_

  mutable std::mutex mutex_;  // guards the following members; taken after opening_mutex_
  std::deque<LibraryRecord> records_;
  std::unordered_map<std::string, uint32_t> latest_;  // by path
  std::multiset<std::pair<std::string, std::string>> held_;
};

}  // namespace plughost::addon
