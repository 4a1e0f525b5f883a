// Makes the stage of a plugin that works in runners.
#pragma once

#include <memory>

#include "engine/isolation/isolated_plugin.hpp"
#include "engine/parts/run_stage.hpp"
#include "engine/stages/stage_options.hpp"
#include "ipc/kinds.hpp"

namespace plughost::isolation {

// `kind` is not `control`. [any]
RunStage make_isolated_stage(ipc::Role kind, std::shared_ptr<const IsolatedPlugin> plugin, const StageOptions &options);

}  // namespace plughost::isolation
