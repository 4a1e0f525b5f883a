// How the engine calls a plugin of this process: what it passes, and what it throws when the plugin fails, breaks the
// contract or stops.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <utility>

#include "engine/lines/content.hpp"
#include "engine/lines/selection.hpp"
#include "engine/plugin/crash_report.hpp"
#include "engine/plugin/failure.hpp"
#include "plughost/plugin.h"

namespace plughost {

// Builds a struct of the contract from the first `size` bytes of a plugin's struct. Fields beyond `size` are null, and
// so is a field that `size` cuts.
template <typename Struct>
Struct struct_of(const void *bytes, size_t size) {
  Struct copy{};
  // Optional fields are pointers, so a whole number of pointers is copied.
  const size_t known = std::min(size, sizeof(Struct)) / alignof(Struct) * alignof(Struct);
  if (known > 0) std::memcpy(&copy, bytes, known);
  copy.size = static_cast<uint32_t>(known);
  return copy;
}

// The plugin of a stage, shared by the stage's workers. The plugin must outlive the run.
struct StagePlugin {
  std::string label;            // the plugin's name, in messages
  const plug_plugin *instance;  // null: the plugin is in other processes
  // A call returned PLUG_ERROR_PANIC. Then only destroy may be called, so the engine does not free the plugin's states.
  // All stages of the plugin share the flag with its owner.
  std::shared_ptr<std::atomic<bool>> broken = std::make_shared<std::atomic<bool>>(false);
};

// Thrown by a stage that failed. The run ends at the block of the failure; the output of earlier blocks is complete.
struct StageFailure {
  Failure failure;
};

// Thrown by a stage that stopped because the run is cancelled, or because a plugin returned PLUG_ERROR_CANCELLED.
struct StageCancelled {
  const StagePlugin *plugin = nullptr;  // the plugin that returned it; null: the engine saw the cancel word
  const char *operation = "";
};

// Throws StageCancelled when another thread cancelled the run. Called before each call of a plugin.
inline void throw_if_cancelled(const plug_ctx &ctx) {
  if (__atomic_load_n(ctx.cancel, __ATOMIC_RELAXED) != PLUG_CANCEL_NONE) throw StageCancelled{};
}

// The plug_error of one call, and the failure that it describes.
class CallError {
 public:
  CallError() : error_{sizeof(plug_error), 0, UINT64_MAX, 0, {}} {}
  plug_error *address() { return &error_; }

  // Adds what the host knows to the plugin's message.
  void add(const std::string &text) {
    const size_t length = std::min<size_t>(error_.len, PLUG_ERROR_MESSAGE_MAX);
    const std::string more = length > 0 && !text.empty() ? "; " + text : text;
    const size_t added = std::min(more.size(), PLUG_ERROR_MESSAGE_MAX - length);
    std::memcpy(error_.message + length, more.data(), added);
    error_.len = static_cast<uint32_t>(length + added);
  }

  // Throws the failure for a negative `status` of `operation`: StageFailure, or StageCancelled.
  [[noreturn]] void raise(const StagePlugin &plugin, const char *operation, int64_t status) const {
    raise_at(plugin, operation, status, -1);
  }
  // Does the same for a call that got the bytes `passed` of a text. If the error names one of these bytes, the failure
  // names its offset in the input.
  [[noreturn]] void raise(const StagePlugin &plugin, const char *operation, int64_t status, const Content &content,
                          Range passed) const {
    const bool inside = error_.offset < passed.end - passed.begin;
    const auto at = inside ? content.input_offset(passed.text, passed.begin + static_cast<size_t>(error_.offset)) : 0;
    raise_at(plugin, operation, status, inside ? static_cast<int64_t>(at) : -1);
  }

 private:
  [[noreturn]] void raise_at(const StagePlugin &plugin, const char *operation, int64_t status, int64_t offset) const {
    if (status == PLUG_ERROR_CANCELLED) throw StageCancelled{&plugin, operation};
    if (status == PLUG_ERROR_PANIC) plugin.broken->store(true);
    const auto length = std::min<size_t>(error_.len, PLUG_ERROR_MESSAGE_MAX);
    throw StageFailure{{FailureKind::plugin, plugin.label, operation,
                        static_cast<int32_t>(std::max<int64_t>(status, INT32_MIN)), std::string(error_.message, length),
                        offset}};
  }

  plug_error error_;
};

// Throws the StageFailure of a plugin that broke `rule` of the contract. `offset` is a byte of the input; -1: the call
// was not about input.
[[noreturn]] inline void raise_contract(const StagePlugin &plugin, const char *operation, std::string rule,
                                        int64_t offset = -1) {
  throw StageFailure{{FailureKind::contract, plugin.label, operation, 0, std::move(rule), offset}};
}

// Does the same for a call about the block of `content`.
[[noreturn]] inline void raise_contract(const StagePlugin &plugin, const char *operation, std::string rule,
                                        const Content &content) {
  raise_contract(plugin, operation, std::move(rule), static_cast<int64_t>(content.block.offset));
}

// Returns the rule that a call breaks which returns a status that the contract does not define for it.
inline std::string no_such_status(int32_t status) {
  return "it returned the status " + std::to_string(status) + ", which it cannot";
}

// Does the same for a call that returns 0 or 1.
inline std::string no_such_answer(int32_t answer) {
  return "it returned " + std::to_string(answer) + ", and only 0 and 1 are answers";
}

// Throws StageFailure when a call of the plugin, on any thread, returned PLUG_ERROR_PANIC.
inline void throw_if_broken(const StagePlugin &plugin, const char *operation) {
  if (*plugin.broken) CallError().raise(plugin, operation, PLUG_ERROR_PANIC);
}

// Throws StageFailure when the sink refused output of the plugin. Some output is lost then, whatever the plugin
// returned.
inline void throw_if_refused(const StagePlugin &plugin, const char *operation, const MemorySink &sink) {
  if (!sink.refused()) return;
  throw StageFailure{
      {FailureKind::plugin, plugin.label, operation, PLUG_ERROR_NOMEM,
       "there is no room for its output, which may have " + std::to_string(sink.limit()) + " bytes for one block"}};
}

// Owns a plugin's state for one worker. The state is null when the plugin has no state_new.
class WorkerState {
 public:
  // `calls` is the plugin's plug_filter, plug_transform or plug_exporter. Throws StageFailure when state_new fails.
  template <typename Calls>
  WorkerState(const StagePlugin &plugin, const Calls &calls) : plugin_(plugin), free_(calls.state_free) {
    if (!calls.state_new) return;
    const PluginCallScope scope(plugin.label.c_str(), "state_new");
    CallError error;
    state_ = calls.state_new(plugin.instance, error.address());
    if (state_) return;
    const int32_t code = error.address()->code;
    if (code >= 0) raise_contract(plugin, "state_new", "it gave no state and no error");
    error.raise(plugin, "state_new", code);
  }
  ~WorkerState() {
    if (!state_ || *plugin_.broken) return;
    const PluginCallScope scope(plugin_.label.c_str(), "state_free");
    free_(plugin_.instance, state_);
  }
  WorkerState(const WorkerState &) = delete;
  WorkerState &operator=(const WorkerState &) = delete;

  void *get() const { return state_; }

 private:
  const StagePlugin &plugin_;
  void (*const free_)(const plug_plugin *, void *);
  void *state_ = nullptr;
};

}  // namespace plughost
