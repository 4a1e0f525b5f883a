#include "runner/sandbox/grant_hint.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <initializer_list>

#include "runner/memory_probe.hpp"

namespace plughost::runner {
namespace {

constexpr size_t kMaxPath = 400;
char folder[kMaxPath];  // the working folder, or empty

struct FileCall {
  const char *name;
  int path;   // index of the argument with the path
  int flags;  // index of the argument with the open flags; -1: the call only reads; `path`: it always writes
};
constexpr FileCall kFileCalls[] = {{"open", 0, 1},        {"openat", 1, 2},  {"creat", 0, 0},       {"stat", 0, -1},
                                   {"lstat", 0, -1},      {"statx", 1, -1},  {"newfstatat", 1, -1}, {"readlink", 0, -1},
                                   {"readlinkat", 1, -1}, {"access", 0, -1}, {"faccessat", 1, -1},  {"openat2", 1, -1}};

}  // namespace

bool starts_threads(const char *name) {
  for (const char *call : {"clone", "clone3", "pthread_create"})
    if (std::strcmp(name, call) == 0) return true;
  return false;
}

void remember_folder() {
  if (!getcwd(folder, sizeof folder)) folder[0] = 0;
}

void write_grant_hint(const char *name, const uintptr_t *arguments, char *to, size_t most) {
  to[0] = 0;
  if (starts_threads(name)) std::snprintf(to, most, "; --grant threads allows threads");
  for (const FileCall &call : kFileCalls) {
    if (std::strcmp(name, call.name) != 0) continue;
    char path[kMaxPath];
    if (!arguments || read_text(reinterpret_cast<const char *>(arguments[call.path]), path, sizeof path) == 0) {
      std::snprintf(to, most, "; --grant read:PATH or write:PATH allows files");
      return;
    }
    const bool writes = call.flags >= 0 && (call.flags == call.path || (arguments[call.flags] & O_ACCMODE) != O_RDONLY);
    const bool relative = path[0] != '/';
    std::snprintf(to, most, "; --grant %s:%s%s%s allows it", writes ? "write" : "read", relative ? folder : "",
                  relative ? "/" : "", path);
  }
}

}  // namespace plughost::runner
