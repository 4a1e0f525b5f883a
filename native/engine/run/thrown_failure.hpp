// Turns exceptions of a run into failures.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "engine/plugin/context.hpp"
#include "engine/plugin/failure.hpp"
#include "engine/stages/stage.hpp"

namespace plughost {

// Returns the failure for the exception that is being handled. Returns nothing if the exception only says that a stage
// stopped because `cancel` was raised. Call it in a catch block. Rethrows an exception of an unexpected type that no
// plugin let out.
std::optional<Failure> failure_of_exception(const std::vector<std::unique_ptr<LineStage>> &stages,
                                            const CancelWord &cancel);

}  // namespace plughost
