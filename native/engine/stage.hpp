// What the stages of a run have in common: the failure that ends a block, and what a stage counted.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string>

#include "block.hpp"
#include "failure.hpp"
#include "plughost/base.h"

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

// Thrown inside a stage; the run ends at the block where it happens, and what stands before it is complete.
struct StageFailure {
  Failure failure;
};

// Thrown when the stage gave up because the run is cancelled.
struct StageCancelled {};

// Other threads raise the word while calls run.
inline void throw_if_cancelled(const plug_ctx &ctx) {
  if (__atomic_load_n(ctx.cancel, __ATOMIC_RELAXED) != PLUG_CANCEL_NONE) throw StageCancelled{};
}

// A cleared plug_error for the next call.
class CallError {
 public:
  CallError() : error_{sizeof(plug_error), 0, UINT64_MAX, 0, {}} {}
  plug_error *address() { return &error_; }

  // Turns a negative status of `operation` into the failure of `label`, at `block` if the error names a byte of it.
  [[noreturn]] void raise(const std::string &label, const char *operation, int64_t status, const Block *block) const {
    if (status == PLUG_ERROR_CANCELLED) throw StageCancelled{};
    const auto length = std::min<size_t>(error_.len, PLUG_ERROR_MESSAGE_MAX);
    const bool inside = block && error_.offset < block->size();
    throw StageFailure{{FailureKind::plugin, label, operation,
                        static_cast<int32_t>(std::max<int64_t>(status, INT32_MIN)), std::string(error_.message, length),
                        inside ? static_cast<int64_t>(block->offset + error_.offset) : -1, true}};
  }

 private:
  plug_error error_;
};

[[noreturn]] inline void raise_contract(const std::string &label, const char *operation, const char *rule,
                                        const Block *block) {
  throw StageFailure{
      {FailureKind::contract, label, operation, 0, rule, block ? static_cast<int64_t>(block->offset) : -1, true}};
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
