// What the stages of a run have in common: the failure that ends a block, and what a stage counted.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>

#include "base/named_enum.hpp"
#include "engine/lines/content.hpp"
#include "engine/lines/selection.hpp"
#include "engine/lines/spans.hpp"
#include "engine/plugin/crash_report.hpp"
#include "engine/plugin/failure.hpp"
#include "plughost/plugin.h"

namespace plughost {

struct RunSetting;

// Which call of a plugin a stage uses.
PLUGHOST_NAMED_ENUM(Shape,
                    auto_,  // the widest that the plugin offers; a stage never keeps this value
                    scan,   // a whole block
                    batch,  // many lines
                    line,   // one line
                    any)    // those of several plugins

// A struct of a plugin out of `size` bytes that were copied from it. Fields that do not lie wholly inside are null.
template <typename Struct>
Struct struct_of(const void *bytes, size_t size) {
  Struct copy{};
  // Optional fields are pointers: none of them counts in part.
  const size_t known = std::min(size, sizeof(Struct)) / alignof(Struct) * alignof(Struct);
  if (known > 0) std::memcpy(&copy, bytes, known);
  copy.size = static_cast<uint32_t>(known);
  return copy;
}

// A plugin as a stage uses it, shared by the workers. The plugin must outlive the run.
struct StagePlugin {
  std::string label;
  const plug_plugin *instance;
  // After PLUG_ERROR_PANIC only destroy may be called, so what its states hold is left behind. All stages of the plugin
  // share the flag with its owner.
  std::shared_ptr<std::atomic<bool>> broken = std::make_shared<std::atomic<bool>>(false);
};

// Thrown inside a stage; the run ends at the block where it happens, and what stands before it is complete.
struct StageFailure {
  Failure failure;
};

// Thrown when the stage gave up because the run is cancelled, or a plugin says that it is.
struct StageCancelled {
  const StagePlugin *plugin = nullptr;
  const char *operation = "";
};

// Other threads raise the word while calls run.
inline void throw_if_cancelled(const plug_ctx &ctx) {
  if (__atomic_load_n(ctx.cancel, __ATOMIC_RELAXED) != PLUG_CANCEL_NONE) throw StageCancelled{};
}

// A cleared plug_error for the next call.
class CallError {
 public:
  CallError() : error_{sizeof(plug_error), 0, UINT64_MAX, 0, {}} {}
  plug_error *address() { return &error_; }

  // Turns a negative status of `operation` into the plugin's failure.
  [[noreturn]] void raise(const StagePlugin &plugin, const char *operation, int64_t status) const {
    raise_at(plugin, operation, status, -1);
  }
  // The same for a call that was lent bytes of a content: `lent` of its text, if the error names a byte of them.
  [[noreturn]] void raise(const StagePlugin &plugin, const char *operation, int64_t status, const Content &content,
                          Range lent) const {
    const bool inside = error_.offset < lent.end - lent.begin;
    const auto at = inside ? content.input_offset(lent.text, lent.begin + static_cast<size_t>(error_.offset)) : 0;
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

// `offset` is a byte of the input, or -1 where the call was about none.
[[noreturn]] inline void raise_contract(const StagePlugin &plugin, const char *operation, std::string rule,
                                        int64_t offset = -1) {
  throw StageFailure{{FailureKind::contract, plugin.label, operation, 0, std::move(rule), offset}};
}

[[noreturn]] inline void raise_contract(const StagePlugin &plugin, const char *operation, std::string rule,
                                        const Content &content) {
  raise_contract(plugin, operation, std::move(rule), static_cast<int64_t>(content.block.offset));
}

// What is wrong with a status that the contract does not give to the call.
inline std::string no_such_status(int32_t status) {
  return "it returned the status " + std::to_string(status) + ", which it cannot";
}

// The same for a call that answers yes or no.
inline std::string no_such_answer(int32_t answer) {
  return "it returned " + std::to_string(answer) + ", and only 0 and 1 are answers";
}

// Another worker's call has ended with PANIC: no further call of the plugin may begin.
inline void throw_if_broken(const StagePlugin &plugin, const char *operation) {
  if (*plugin.broken) CallError().raise(plugin, operation, PLUG_ERROR_PANIC);
}

// A plugin whose output was turned away has lost some of it, whatever it returned.
inline void throw_if_refused(const StagePlugin &plugin, const char *operation, const MemorySink &sink) {
  if (!sink.refused()) return;
  throw StageFailure{
      {FailureKind::plugin, plugin.label, operation, PLUG_ERROR_NOMEM,
       "there is no room for its output, which may have " + std::to_string(sink.limit()) + " bytes for one block"}};
}

// A plugin's state for one worker; null where the plugin needs none.
class WorkerState {
 public:
  // `calls` is the struct of the plugin's extension. Throws StageFailure when the plugin has no state to give.
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

struct StageCount {
  uint64_t ns = 0;
  uint64_t bytes_in = 0;
  uint64_t lines_in = 0;  // 0 while no lines were split
  uint64_t lines_kept = 0;
  uint64_t lines_changed = 0;

  StageCount &operator+=(const StageCount &other) {
    ns += other.ns;
    bytes_in += other.bytes_in;
    lines_in += other.lines_in;
    lines_kept += other.lines_kept;
    lines_changed += other.lines_changed;
    return *this;
  }
};

// A line that is shown: because it was kept, or as one around those.
enum class LineKind { kept, context };

// A stage in one worker.
class LineWorker {
 public:
  virtual ~LineWorker() = default;
  // Puts what the stage leaves of `in`, or makes of it, into *out. Throws StageFailure, StageCancelled, std::bad_alloc.
  virtual void apply(Content &content, const plug_ctx &ctx, const Selection &in, Selection *out, StageCount *count) = 0;
  // Adds to *places where in lines of one text the stage finds what it looks for, if it tells of lines of that kind.
  // Throws as apply() does.
  virtual void find_spans(Content &, const plug_ctx &, const plug_lines &, uint32_t, LineKind, MergedSpans *) {}
};

// A stage that takes lines and gives lines, as the user asked for it; shared by the workers.
class LineStage {
 public:
  LineStage(StagePlugin used, Shape shape) : plugin(std::move(used)), shape(shape) {}
  virtual ~LineStage() = default;
  LineStage(const LineStage &) = delete;
  LineStage &operator=(const LineStage &) = delete;

  // Whether it must see lines in order, one at a time.
  virtual bool ordered() const = 0;
  // The stage in one worker, which must not outlive it; `number` is its place among the stages, from 0. Throws
  // StageFailure when the plugin has no state to give.
  virtual std::unique_ptr<LineWorker> worker(uint32_t number) const = 0;
  // Whether it puts other lines in the place of lines, and keeps all that it does not.
  virtual bool transforms() const { return false; }
  // Whether it tells where in a line of that kind it finds what it looks for.
  virtual bool reports_spans(LineKind) const { return false; }
  // Whether its plugin works in other processes, and then what they must know of the run before there is a worker.
  virtual bool isolated() const { return false; }
  virtual void configure(const RunSetting &) {}

  const StagePlugin plugin;
  const Shape shape;  // the call that is used for whole blocks: never automatic
};

}  // namespace plughost
