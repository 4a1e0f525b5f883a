#include "runner/library/entry_point.hpp"

#include <dlfcn.h>

#include <string>

#include "builtin/builtin_plugins.hpp"
#include "os/cpu/float_mode.hpp"
#include "runner/library/judged_libraries.hpp"
#include "runner/loaded_plugin.hpp"

namespace plughost::runner {

using ipc::Refusal;

EntryPoint find_entry_point(const Channel &channel) {
  const auto &requests = channel.requests();
  const std::string library = channel.text(requests.library);
  if (ipc::is_builtin(library)) {
    for (const BuiltinPlugin &plugin : builtin_plugins())
      if (library.substr(ipc::kBuiltin.size()) == plugin.name) return {plugin.new_plugin, plugin.is_data, 0};
    throw Refused{Refusal::version, 0, "the runner does not have " + library};
  }
  const FloatMode mode;
  void *const handle = load_judged(channel);
  mode.restore();
  void *const new_plugin = dlsym(handle, "NewPlugin");
  if (!new_plugin) throw Refused{Refusal::load, 0, dlerror()};
  return {new_plugin, requests.new_plugin_is_data != 0, requests.new_plugin_size};
}

}  // namespace plughost::runner
