// The libraries that this process has opened: one record a file, shared by all threads, never removed.
#pragma once

#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace plughost::addon {

// What tells a file from another one, and from what it was before.
struct FileIdentity {
  uint64_t device, inode, size;
  int64_t modified_ns;
  bool operator==(const FileIdentity &) const = default;
};

// Of the file at `path`; nothing when it cannot be asked. [any]
std::optional<FileIdentity> identity_of(const std::string &path);

struct LibraryRecord {
  std::string path;         // the real path
  std::string file;         // what was opened: `path`, or a private copy
  std::string id;           // of its manifest, or empty
  std::string facts;        // what the opener wants to tell those who find the record; not looked into
  FileIdentity identity;    // of `path` when it was opened
  uint32_t generation = 1;  // counts the times that the path was opened anew
  uintptr_t base = 0;       // where it is mapped
  uint64_t mapped = 0;      // bytes of address space
  bool retired = false;     // found no longer
};

// The library that the process has open by a name, which is what every library gets that needs one of this name.
struct OpenLibrary {
  std::string path;
  uintptr_t base;
  uintptr_t inside;  // an address that is always mapped from its file
  uint64_t mapped;   // bytes of address space
};
std::optional<OpenLibrary> find_open(const std::string &name);

// As find_open, of a file that was just opened; kept open for the life of the process. Throws std::runtime_error with
// the loader's text.
OpenLibrary pin(const std::string &file);

class Registry {
 public:
  // Thrown when a thread opens a path that it is opening already.
  struct OpensItself {};

  static Registry &process();

  // Permission to open a library. One thread has it at a time, and others wait, as they would inside dlopen; so of two
  // threads that open the same path one loads it and the other finds it. A thread may open another library while it
  // opens one (a constructor may ask for that), but not the same.
  class Opening {
   public:
    // Throws OpensItself.
    Opening(Registry &registry, std::string path);
    ~Opening();
    Opening(const Opening &) = delete;
    Opening &operator=(const Opening &) = delete;

   private:
    Registry &registry_;
    std::unique_lock<std::recursive_mutex> lock_;
  };

  // The number of the record of a path, unless it is retired. [any]
  std::optional<uint32_t> find(const std::string &path) const;
  // Another path that has this id: of a library that is not retired, or of an isolated plugin. [any]
  std::optional<std::string> holder_of(const std::string &id, const std::string &but_path) const;
  // The last generation of a path, retired or not. [any]
  std::optional<LibraryRecord> latest(const std::string &path) const;
  // A plugin of a path that runs in processes of its own, as long as this lives: its id is not another's. [any]
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

  // Numbers are given from 0 and stay. [any]
  uint32_t add(LibraryRecord record);
  // [any]; `number` was given by `add`.
  void retire(uint32_t number);
  bool is_retired(uint32_t number) const;
  // Whether the file at the path is gone, or no longer what it was when it was opened. [any]
  bool is_stale(uint32_t number) const;
  LibraryRecord at(uint32_t number) const;
  uint32_t size() const;
  std::vector<LibraryRecord> all() const;

 private:
  std::recursive_mutex opening_mutex_;
  std::vector<std::string> opening_;  // paths, innermost last; guarded by opening_mutex_

  mutable std::mutex mutex_;  // guards what follows
  std::deque<LibraryRecord> records_;
  std::unordered_map<std::string, uint32_t> latest_;  // by path
  std::multiset<std::pair<std::string, std::string>> held_;
};

}  // namespace plughost::addon
