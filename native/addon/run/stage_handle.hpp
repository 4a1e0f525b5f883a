// The opaque handle by which JavaScript passes a stage from the owner of a plugin to a run.
#pragma once

#include <napi.h>

#include <memory>
#include <string>

#include "engine/parts/run_stage.hpp"

namespace plughost::addon {

// Makes the stage that one handle stands for. Each place where plugins run has one class of these. The factory keeps
// alive what the stage needs of its plugin until JavaScript has collected the handle; a stage keeps alive what it needs
// itself.
class StageFactory {
 public:
  virtual ~StageFactory() = default;
  // Returns a stage for one run, which hands lines with this end to the plugin. Throws PluginEnded.
  virtual RunStage make(LineEnd line_end) const = 0;
};

// Thrown when the plugin was ended after the handle was made.
struct PluginEnded {};

// Returns a handle that owns the factory. [control]
Napi::Value stage_handle(Napi::Env env, std::unique_ptr<StageFactory> factory);

// Returns a stage of the handle. `what` names the value in messages. Throws Napi::TypeError with the code
// INVALID_STAGE when the value is no handle of ours, or the plugin has ended. [control]
RunStage stage_of(const Napi::Value &value, const std::string &what, LineEnd line_end);

// Throws Napi::TypeError with the code INVALID_STAGE.
[[noreturn]] void throw_invalid_stage(Napi::Env env, const std::string &what, const char *reason);

// Returns a stage of the handle that is of one class. Throws as stage_of() does, and with `wanted` as the reason when
// the stage is of another class. [control]
template <typename Stage>
std::unique_ptr<Stage> stage_of(const Napi::Value &value, const std::string &what, LineEnd line_end,
                                const char *wanted) {
  RunStage stage = stage_of(value, what, line_end);
  if (auto *wanted_stage = std::get_if<std::unique_ptr<Stage>>(&stage)) return std::move(*wanted_stage);
  throw_invalid_stage(value.Env(), what, wanted);
}

// Reads the kind of a stage, such as `filter`. Throws Napi::TypeError.
ipc::Role kind_of(const Napi::Value &value);
// Reads `{ invert, shape }`; the run decides the line end. Throws Napi::TypeError.
StageOptions stage_options_of(const Napi::Value &value);

}  // namespace plughost::addon
