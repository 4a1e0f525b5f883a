#include "engine/output/run_stage.hpp"

#include <stdexcept>
#include <utility>

#include "engine/stages/filter_stage.hpp"
#include "engine/stages/transform_stage.hpp"

namespace plughost {
namespace {

// One overload for each kind of plugin: its struct decides which stage class runs it.
RunStage stage_of(StagePlugin plugin, const plug_filter &calls, const StageOptions &options) {
  return std::make_unique<FilterStage>(std::move(plugin), calls, options.invert, options.shape, options.line_end);
}
RunStage stage_of(StagePlugin plugin, const plug_transform &calls, const StageOptions &options) {
  return std::make_unique<TransformStage>(std::move(plugin), calls, options.shape);
}
RunStage stage_of(StagePlugin plugin, const plug_exporter &calls, const StageOptions &options) {
  return std::make_unique<DirectExportStage>(std::move(plugin), calls, options.line_end);
}

}  // namespace

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
