// Loads the plugin and the libraries that it needs, from the sealed copies that the host judged and from nowhere else.
#pragma once

#include "runner/channel.hpp"

namespace plughost::runner {

// Loads the needed libraries in the host's order, then the plugin, and returns the plugin's handle. Runs their
// constructors. A library that the host copied is never searched for by its name, so a file that replaced it meanwhile
// is not loaded. Called once, on the main thread. Throws Refused.
void *load_judged(const Channel &channel);

// Returns the real path of a library for a name of the dynamic loader. While a library is being loaded that is the name
// of its copy. Async-signal-safe. [any]
const char *real_path_of(const char *file);

}  // namespace plughost::runner
