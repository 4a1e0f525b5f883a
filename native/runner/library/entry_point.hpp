// Where the code of the plugin begins: NewPlugin, of a library or of the runner itself.
#pragma once

#include <cstdint>

#include "runner/channel.hpp"

namespace plughost::runner {

struct EntryPoint {
  void *new_plugin;  // the address of NewPlugin
  bool is_data;      // NewPlugin is the plug_plugin, and no function
  uint32_t size;     // bytes of a data object; 0: unknown
};

// Loads the library of the plugin, or finds the plugin among those that are linked into the runner. Called once, on the
// main thread. Throws Refused.
EntryPoint find_entry_point(const Channel &channel);

}  // namespace plughost::runner
