// One stage of a run, of any kind of plugin.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <variant>

#include "engine/output/export_stage.hpp"
#include "engine/rows/aggregator.hpp"
#include "engine/rows/parser.hpp"
#include "engine/rows/row_filter.hpp"
#include "engine/stages/stage_options.hpp"
#include "ipc/kinds.hpp"

namespace plughost {

// A stage that passes lines to the next one, the exporter that ends a run, or a part of a stage that reads rows.
using RunStage = std::variant<std::unique_ptr<LineStage>, std::unique_ptr<ExportStage>, std::unique_ptr<Parser>,
                              std::unique_ptr<RowFilter>, std::unique_ptr<Aggregator>>;

// Returns the stage of a plugin in this process. `kind` is not `control`. `calls` holds a copy of the struct that the
// plugin offers for this kind; the caller has checked it. [any]
RunStage make_direct_stage(ipc::Role kind, StagePlugin plugin, std::span<const uint8_t> calls,
                           const StageOptions &options);

}  // namespace plughost
