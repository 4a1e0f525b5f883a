// Declares the function that makes the stage of a plugin in this process, once for each kind.
#pragma once

#include <memory>

#include "engine/stages/stage.hpp"
#include "engine/stages/stage_options.hpp"
#include "plughost/plughost.h"

namespace plughost {

class ExportStage;
class Parser;
class RowFilter;
class Aggregator;

// What a kind of plugin is in a run: a stage of lines, the end of a run, or a part of a RowStage.
template <typename Calls>
struct StageOfKind {
  using Type = LineStage;
};
template <>
struct StageOfKind<plug_exporter> {
  using Type = ExportStage;
};
template <>
struct StageOfKind<plug_parser> {
  using Type = Parser;
};
template <>
struct StageOfKind<plug_row_filter> {
  using Type = RowFilter;
};
template <>
struct StageOfKind<plug_aggregator> {
  using Type = Aggregator;
};
template <typename Calls>
using StageOf = typename StageOfKind<Calls>::Type;

// The file of each stage class defines its own. `calls` is the engine's copy of the plugin's struct, already validated.
#define PLUG_KIND(name, NAME, id, functions, flags, rules)                                     \
  std::unique_ptr<StageOf<plug_##name>> stage_of(StagePlugin plugin, const plug_##name &calls, \
                                                 const StageOptions &options);
#include "plughost/kinds.def"

}  // namespace plughost
