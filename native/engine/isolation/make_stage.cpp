#include "engine/isolation/make_stage.hpp"

#include <utility>

#include "engine/isolation/isolated_export_stage.hpp"
#include "engine/isolation/isolated_stage.hpp"
#include "engine/isolation/rows/isolated_aggregator.hpp"
#include "engine/isolation/rows/isolated_parser.hpp"
#include "engine/isolation/rows/isolated_row_filter.hpp"

namespace plughost::isolation {

bool names_columns(ipc::Role kind) { return kind >= ipc::Role::parser; }

RunStage make_isolated_stage(ipc::Role kind, std::shared_ptr<const IsolatedPlugin> plugin, const StageOptions &options,
                             NamedColumns names) {
  if (kind == ipc::Role::parser)
    return std::make_unique<IsolatedParser>(std::move(plugin), options.line_end, std::move(names));
  if (kind == ipc::Role::row_filter)
    return std::make_unique<IsolatedRowFilter>(std::move(plugin), options.line_end, options.invert, std::move(names));
  if (kind == ipc::Role::aggregator)
    return std::make_unique<IsolatedAggregator>(std::move(plugin), options.line_end, std::move(names));
  if (kind == ipc::Role::exporter) return std::make_unique<IsolatedExportStage>(std::move(plugin), options.line_end);
  return std::make_unique<IsolatedStage>(
      std::move(plugin),
      StageConfig{.role = kind, .invert = options.invert, .shape = options.shape, .line_end = options.line_end});
}

}  // namespace plughost::isolation
