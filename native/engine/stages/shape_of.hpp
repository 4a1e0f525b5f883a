// Chooses which call of a plugin a stage uses.
#pragma once

#include <cstdint>
#include <span>

#include "engine/stages/stage.hpp"
#include "ipc/kinds.hpp"

namespace plughost {

// Returns `asked` if the plugin has such a call, else the widest call that the plugin has. The names of the functions
// in kinds.def tell their shapes: `scan` takes a block, and a name that ends in `_batch` many lines. Every plugin has
// the call for one line. `calls` are the bytes of the plugin's struct; functions beyond them are missing.
Shape shape_of(const ipc::Kind &kind, std::span<const uint8_t> calls, Shape asked);

// Does the same for a copy of the struct in this process.
template <typename Calls>
Shape shape_of(const Calls &calls, Shape asked) {
  return shape_of(ipc::kind_of(ipc::role_of<Calls>), {reinterpret_cast<const uint8_t *>(&calls), sizeof calls}, asked);
}

}  // namespace plughost
