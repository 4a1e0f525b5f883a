// Makes the stage of a plugin that works in runners.
#pragma once

#include <memory>

#include "engine/isolation/isolated_plugin.hpp"
#include "engine/isolation/rows/row_wire.hpp"
#include "engine/parts/run_stage.hpp"
#include "engine/stages/stage_options.hpp"
#include "ipc/kinds.hpp"

namespace plughost::isolation {

// Returns whether a plugin of the kind names columns, which make_isolated_stage() needs.
bool names_columns(ipc::Role kind);

// `kind` is not `control`. `names` are the columns that the plugin names, if the kind does. [any]
RunStage make_isolated_stage(ipc::Role kind, std::shared_ptr<const IsolatedPlugin> plugin, const StageOptions &options,
                             NamedColumns names);

}  // namespace plughost::isolation
