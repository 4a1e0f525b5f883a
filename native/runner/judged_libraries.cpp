#include "runner/judged_libraries.hpp"

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
  std::string place;  // through which the copy is opened
  std::string path;   // of the file that was copied
  std::string name;   // by which others need it; empty for the plugin
  link_map *object = nullptr;
};

// Filled before anything is loaded, and never destroyed: names of it are used as long as the process lives.
std::vector<Judged> &judged = *new std::vector<Judged>;

// The loader's words, which name the place of a copy where people expect the file.
std::string reason_of_failure() {
  const char *const words = dlerror();
  std::string reason = words ? words : "the dynamic loader gave no reason";
  for (const Judged &library : judged)
    for (size_t at = 0; (at = reason.find(library.place, at)) != std::string::npos; at += library.path.size()) {
      const size_t end = at + library.place.size();
      if (end < reason.size() && reason[end] >= '0' && reason[end] <= '9') continue;  // of another number
      reason.replace(at, library.place.size(), library.path);
    }
  return reason;
}

// The name is a public field. The loader compares it with what other libraries need, before it looks for files; and
// dladdr, traces and debuggers show it.
void call_it(link_map *object, const std::string &name) { object->l_name = const_cast<char *>(name.c_str()); }

void *load(Judged *library, int flags) {
  void *const handle = dlopen(library->place.c_str(), flags);
  if (!handle) return nullptr;
  if (dlinfo(handle, RTLD_DI_LINKMAP, &library->object) != 0)
    throw Refused{Refusal::load, 0, library->path + ": " + reason_of_failure()};
  // Another library that calls itself by the place of this one's copy would be found instead.
  if (library->place != library->object->l_name)
    throw Refused{Refusal::load, 0, library->path + ": " + library->object->l_name + " took its place"};
  return handle;
}

void load_needed(Judged *library) {
  // One that is here already is what every other library gets by that name.
  if (dlopen(library->name.c_str(), RTLD_LAZY | RTLD_NOLOAD)) return;
  // Functions that a library takes from those that need it are found only later.
  if (!load(library, RTLD_NOW | RTLD_LOCAL) && !load(library, RTLD_LAZY | RTLD_LOCAL))
    throw Refused{Refusal::load, 0, reason_of_failure()};
  call_it(library->object, library->name);
}

}  // namespace

void *load_judged(const Channel &channel) {
  const auto &requests = channel.requests();
  const std::vector<std::string> paths = channel.list(requests.needed), names = channel.list(requests.needed_names);
  int descriptor = ipc::kLibrariesDescriptor;
  const auto place = [&descriptor] { return "/proc/self/fd/" + std::to_string(descriptor++); };
  for (size_t i = 0; i < paths.size(); i++) judged.push_back({place(), paths[i], names[i]});
  judged.push_back({place(), channel.text(requests.library), ""});

  for (Judged &library : judged)
    if (&library != &judged.back()) load_needed(&library);
  void *const plugin = load(&judged.back(), RTLD_NOW | RTLD_LOCAL);
  if (!plugin) throw Refused{Refusal::load, 0, reason_of_failure()};
  for (Judged &library : judged)
    if (library.object) call_it(library.object, library.path);
  for (int copy = ipc::kLibrariesDescriptor; copy < descriptor; copy++) close(copy);
  return plugin;
}

const char *real_path_of(const char *file) {
  for (const Judged &library : judged)
    if (library.place == file || (library.object && library.object->l_name == file)) return library.path.c_str();
  return file;
}

}  // namespace plughost::runner
