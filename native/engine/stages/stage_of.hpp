// Declares the function that makes the stage of a plugin in this process, once for each kind.
#pragma once

#include <memory>
#include <type_traits>

#include "engine/stages/stage.hpp"
#include "engine/stages/stage_options.hpp"
#include "plughost/plughost.h"

namespace plughost {

class ExportStage;

// What a kind of plugin is in a run: an exporter ends the run, every other kind is a stage of lines.
template <typename Calls>
using StageOf = std::conditional_t<std::is_same_v<Calls, plug_exporter>, ExportStage, LineStage>;

// The file of each stage class defines its own. `calls` is the engine's copy of the plugin's struct, already validated.
#define PLUG_KIND(name, NAME, id, functions, flags, rules)                                     \
  std::unique_ptr<StageOf<plug_##name>> stage_of(StagePlugin plugin, const plug_##name &calls, \
                                                 const StageOptions &options);
#include "plughost/kinds.def"

}  // namespace plughost
