#include "engine/parts/run_stage.hpp"

#include <stdexcept>
#include <utility>

#include "engine/stages/stage_of.hpp"

namespace plughost {

RunStage make_direct_stage(ipc::Role kind, StagePlugin plugin, std::span<const uint8_t> calls,
                           const StageOptions &options) {
  switch (kind) {
#define PLUG_KIND(name, ...) \
  case ipc::Role::name:      \
    return stage_of(std::move(plugin), struct_of<plug_##name>(calls.data(), calls.size()), options);
#include "plughost/kinds.def"
    case ipc::Role::control:
      break;
  }
  throw std::logic_error("a plugin that serves control calls alone has no stage");
}

}  // namespace plughost
