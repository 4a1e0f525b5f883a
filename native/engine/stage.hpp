// What the stages of a run have in common: the failure that ends a block, and what a stage counted.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>

#include "block.hpp"
#include "failure.hpp"
#include "plughost/plugin.h"

namespace plughost {

// Lines that a stage hands to a plugin at once: their spans are 8 KiB and stay in the first-level cache.
constexpr uint32_t kBatch = 1024;

// A copy of a struct of a plugin, fields beyond its size zero. What the plugin does to its own copy later is without
// effect, and fields that it does not have are null.
template <typename Struct>
Struct copy_of(const Struct *from) {
  Struct copy{};
  std::memcpy(&copy, from, std::min<size_t>(from->size, sizeof(Struct)));
  copy.size = sizeof(Struct);
  return copy;
}

// A plugin as a stage uses it, shared by the workers. The plugin must outlive the run.
struct StagePlugin {
  std::string label;
  const plug_plugin *instance;
  // After PLUG_ERROR_PANIC only destroy may be called, so what its states hold is left behind.
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

  // Turns a negative status of `operation` into the plugin's failure, at `block` if the error names a byte of it.
  [[noreturn]] void raise(const StagePlugin &plugin, const char *operation, int64_t status, const Block *block) const {
    if (status == PLUG_ERROR_CANCELLED) throw StageCancelled{&plugin, operation};
    if (status == PLUG_ERROR_PANIC) plugin.broken->store(true);
    const auto length = std::min<size_t>(error_.len, PLUG_ERROR_MESSAGE_MAX);
    const bool inside = block && error_.offset < block->size();
    throw StageFailure{{FailureKind::plugin, plugin.label, operation,
                        static_cast<int32_t>(std::max<int64_t>(status, INT32_MIN)), std::string(error_.message, length),
                        inside ? static_cast<int64_t>(block->offset + error_.offset) : -1, true, plugin.instance}};
  }

 private:
  plug_error error_;
};

[[noreturn]] inline void raise_contract(const StagePlugin &plugin, const char *operation, const char *rule,
                                        const Block *block) {
  throw StageFailure{{FailureKind::contract, plugin.label, operation, 0, rule,
                      block ? static_cast<int64_t>(block->offset) : -1, true, plugin.instance}};
}

// Another worker's call has ended with PANIC: no further call of the plugin may begin.
inline void throw_if_broken(const StagePlugin &plugin, const char *operation) {
  if (*plugin.broken) CallError().raise(plugin, operation, PLUG_ERROR_PANIC, nullptr);
}

struct StageCount {
  uint64_t ns = 0;
  uint64_t bytes_in = 0;
  uint64_t lines_in = 0;  // 0 while no lines were split
  uint64_t lines_kept = 0;

  StageCount &operator+=(const StageCount &other) {
    ns += other.ns;
    bytes_in += other.bytes_in;
    lines_in += other.lines_in;
    lines_kept += other.lines_kept;
    return *this;
  }
};

}  // namespace plughost
