// Loads the libraries that the host has judged, from its sealed copies of them and from nowhere else.
#pragma once

#include "runner/channel.hpp"

namespace plughost::runner {

// Loads what the plugin needs in the order that the host gave, then the plugin, and gives the plugin's handle. Nothing
// is looked for by name that the host gave a copy of, so no file that was put somewhere meanwhile is loaded. Throws
// Refused.
void *load_judged(const Channel &channel);

// The real path of a library, for the name that the dynamic loader has for it, which is that of a copy while the
// library is being loaded. Safe in a signal handler.
const char *real_path_of(const char *file);

}  // namespace plughost::runner
