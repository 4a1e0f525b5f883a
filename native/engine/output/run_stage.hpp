// One stage of a run, of any kind of plugin.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <variant>

#include "engine/output/export_stage.hpp"
#include "engine/stages/stage_options.hpp"
#include "ipc/kinds.hpp"

namespace plughost {

// A stage that passes lines to the next one, or the exporter that ends a run.
using RunStage = std::variant<std::unique_ptr<LineStage>, std::unique_ptr<ExportStage>>;

// Returns the stage of a plugin in this process. `kind` is not `control`. `calls` holds a copy of the struct that the
// plugin offers for this kind; the caller has checked it. [any]
RunStage make_direct_stage(ipc::Role kind, StagePlugin plugin, std::span<const uint8_t> calls,
                           const StageOptions &options);

}  // namespace plughost
