#include "addon/run/stage_handle.hpp"

#include "addon/values/object_reader.hpp"
#include "addon/values/values.hpp"

namespace plughost::addon {
namespace {

// Only this addon knows the tag, so a value that has it was made by stage_handle.
constexpr napi_type_tag kStageTag = {0x706c7567686f7374, 0x0000007374616765};

}  // namespace

Napi::Value stage_handle(Napi::Env env, std::unique_ptr<StageFactory> factory) {
  auto handle = Napi::External<StageFactory>::New(env, factory.get(),
                                                  [](Napi::Env, StageFactory *collected) { delete collected; });
  factory.release();
  handle.TypeTag(&kStageTag);
  return handle;
}

void throw_invalid_stage(Napi::Env env, const std::string &what, const char *reason) {
  auto error = Napi::TypeError::New(env, what + ": " + reason);
  error.Set("code", "INVALID_STAGE");
  throw error;
}

RunStage stage_of(const Napi::Value &value, const std::string &what, LineEnd line_end) {
  if (!value.IsExternal() || !value.As<Napi::External<StageFactory>>().CheckTypeTag(&kStageTag))
    throw_invalid_stage(value.Env(), what, "a stage that a plugin made is needed");
  try {
    return value.As<Napi::External<StageFactory>>().Data()->make(line_end);
  } catch (const PluginEnded &) {
    throw_invalid_stage(value.Env(), what, "its plugin has ended");
  }
}

ipc::Role kind_of(const Napi::Value &value) {
  const std::string name = text_of(value, "kind");
  for (size_t i = 0; i < ipc::kKindCount; i++)
    if (name == ipc::kKinds[i].name) return static_cast<ipc::Role>(i + 1);
  throw Napi::TypeError::New(value.Env(), "kind: there is no kind " + name);
}

StageOptions stage_options_of(const Napi::Value &value) {
  const ObjectReader from(value, "options");
  StageOptions options;
  options.invert = from.flag("invert");
  constexpr const char *kWanted = "auto, scan, batch or line";
  options.shape = from.enumerator<Shape>("shape", kWanted);
  if (options.shape == Shape::any) from.refuse("shape", kWanted);
  return options;
}

}  // namespace plughost::addon
