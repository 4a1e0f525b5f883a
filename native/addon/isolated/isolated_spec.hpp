// How JavaScript wants a plugin to run in processes of its own.
#pragma once

#include <napi.h>

#include "engine/isolation/isolated_plugin.hpp"

namespace plughost::addon {

// Reads an IsolatedSpec of src/addon/isolated.ts. Every runner of the plugin starts in the folder that is the working
// folder of this process now. Throws Napi::TypeError, which names the field that is wrong. [control]
isolation::IsolatedPlugin read_isolated_spec(const Napi::Value &value);

}  // namespace plughost::addon
