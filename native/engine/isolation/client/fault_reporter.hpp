// Describes faults of one stage: which plugin, which function, which lines.
#pragma once

#include <string>

#include "engine/lines/content.hpp"
#include "engine/lines/selection.hpp"
#include "engine/stages/stage.hpp"
#include "ipc/fault.hpp"
#include "ipc/protocol.hpp"

namespace plughost::isolation {

class FaultReporter {
 public:
  // `function`: the plugin's function that the stage calls, for faults that do not name one. Both must outlive the
  // object.
  FaultReporter(const StagePlugin &plugin, const char *function) : plugin_(plugin), function_(function) {}

  // Adds a fault to the content's faults. `lines`: the lines that caused it; null: none did. `reason`: what else is
  // known of it.
  void report(const ipc::Fault &fault, ipc::Verdict verdict, ipc::Operation operation, Content *content,
              const Selection *lines, const char *reason) const;
  // Throws the StageFailure that ends the run. `content`: null for a call without lines. `reason`: why the run ends, if
  // not because of these lines.
  [[noreturn]] void stop(const ipc::Fault &fault, ipc::Operation operation, const Content *content,
                         const Selection *lines, const char *reason) const;

 private:
  std::string function_of(ipc::Operation operation) const;
  ipc::FaultReport describe(const ipc::Fault &fault, ipc::Verdict verdict, ipc::Operation operation,
                            const Content *content, const Selection *lines) const;

  const StagePlugin &plugin_;
  const char *const function_;
};

}  // namespace plughost::isolation
