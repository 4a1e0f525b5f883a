// The plugins that are linked into the addon and the runner, by PLUGHOST_STATIC_PLUGINS. The build generates the list
// (cmake/static-plugins.cmake); both programs have the same one. docs/install.md explains them.
#pragma once

#include <span>

namespace plughost {

struct BuiltinPlugin {
  const char *name;      // by which users name it, after `builtin:`
  const char *manifest;  // the text of its plug_manifest, which ends with NUL
  void *new_plugin;      // the address of its NewPlugin
  bool is_data;          // NewPlugin is the plug_plugin, and no function
};

// Returns all of them, in the order of their names. [any]
std::span<const BuiltinPlugin> builtin_plugins();

}  // namespace plughost
