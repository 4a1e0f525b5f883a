#include "runner/library/judged_libraries.hpp"

#include <dlfcn.h>
#include <link.h>
#include <unistd.h>

#include <cstring>
#include <string>
#include <vector>

#include "runner/loaded_plugin.hpp"

namespace plughost::runner {
namespace {

using ipc::Refusal;

struct Judged {
  std::string copy;  // /proc/self/fd/N, by which the copy is opened
  std::string path;  // of the file that the host copied
  std::string name;  // by which other libraries need it; empty for the plugin
  link_map *object = nullptr;
};

// All libraries, in the order of loading. Filled before the first is loaded. Never destroyed, because the loader and
// signal handlers use its strings until the process ends.
std::vector<Judged> &judged = *new std::vector<Judged>;

// Returns the dynamic loader's message, with the real paths instead of the names of copies.
std::string reason_of_failure() {
  const char *const words = dlerror();
  std::string reason = words ? words : "the dynamic loader gave no reason";
  for (const Judged &library : judged)
    for (size_t at = 0; (at = reason.find(library.copy, at)) != std::string::npos; at += library.path.size()) {
      const size_t end = at + library.copy.size();
      if (end < reason.size() && reason[end] >= '0' && reason[end] <= '9')
        continue;  // a longer number, so another copy
      reason.replace(at, library.copy.size(), library.path);
    }
  return reason;
}

// Renames a loaded library. The loader compares the name with those that other libraries need before it searches for
// files. dladdr, traces and debuggers show it. The field is public (link.h).
void rename(link_map *object, const std::string &name) { object->l_name = const_cast<char *>(name.c_str()); }

void *load(Judged *library, int flags) {
  void *const handle = dlopen(library->copy.c_str(), flags);
  if (!handle) return nullptr;
  if (dlinfo(handle, RTLD_DI_LINKMAP, &library->object) != 0)
    throw Refused{Refusal::load, 0, library->path + ": " + reason_of_failure()};
  // If the names differ, dlopen did not load the copy: it returned a library whose SONAME is the name of the copy.
  if (library->copy != library->object->l_name)
    throw Refused{Refusal::load, 0, library->path + ": " + library->object->l_name + " took its place"};
  return handle;
}

void load_needed(Judged *library) {
  // A library of this name is loaded already. The loader would give it to every library that needs the name.
  if (dlopen(library->name.c_str(), RTLD_LAZY | RTLD_NOLOAD)) return;
  // RTLD_NOW fails if the library uses functions of the libraries that need it, which are not loaded yet.
  if (!load(library, RTLD_NOW | RTLD_LOCAL) && !load(library, RTLD_LAZY | RTLD_LOCAL))
    throw Refused{Refusal::load, 0, reason_of_failure()};
  rename(library->object, library->name);
}

}  // namespace

void *load_judged(const Channel &channel) {
  const auto &requests = channel.requests();
  const std::vector<std::string> paths = channel.texts(requests.needed), names = channel.texts(requests.needed_names);
  int descriptor = ipc::kLibrariesDescriptor;
  const auto next_copy = [&descriptor] { return "/proc/self/fd/" + std::to_string(descriptor++); };
  for (size_t i = 0; i < paths.size(); i++) judged.push_back({next_copy(), paths[i], names[i]});
  judged.push_back({next_copy(), channel.text(requests.library), ""});

  for (Judged &library : judged)
    if (&library != &judged.back()) load_needed(&library);
  void *const plugin = load(&judged.back(), RTLD_NOW | RTLD_LOCAL);
  if (!plugin) throw Refused{Refusal::load, 0, reason_of_failure()};
  for (Judged &library : judged)
    if (library.object) rename(library.object, library.path);
  for (int copy = ipc::kLibrariesDescriptor; copy < descriptor; copy++) close(copy);
  return plugin;
}

const char *real_path_of(const char *file) {
  for (const Judged &library : judged)
    if (library.copy == file || (library.object && library.object->l_name == file)) return library.path.c_str();
  return file;
}

}  // namespace plughost::runner
