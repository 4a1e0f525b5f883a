#include "engine/isolation/make_stage.hpp"

#include <utility>

#include "engine/isolation/isolated_export_stage.hpp"
#include "engine/isolation/isolated_stage.hpp"

namespace plughost::isolation {

RunStage make_isolated_stage(ipc::Role kind, std::shared_ptr<const IsolatedPlugin> plugin,
                             const StageOptions &options) {
  if (kind == ipc::Role::exporter) return std::make_unique<IsolatedExportStage>(std::move(plugin), options.line_end);
  return std::make_unique<IsolatedStage>(
      std::move(plugin),
      StageConfig{.role = kind, .invert = options.invert, .shape = options.shape, .line_end = options.line_end});
}

}  // namespace plughost::isolation
