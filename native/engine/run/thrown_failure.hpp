// What an exception of a run's steps stands for.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "engine/plugin/context.hpp"
#include "engine/plugin/failure.hpp"
#include "engine/stages/stage.hpp"

namespace plughost {

// Returns the failure that the exception being handled stands for; nothing when it is a step that gave up because
// `cancel` was raised. To be called in a catch block. Throws on what no step of a run throws.
std::optional<Failure> failure_of_exception(const std::vector<std::unique_ptr<LineStage>> &stages,
                                            const CancelWord &cancel);

}  // namespace plughost
