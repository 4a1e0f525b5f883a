#include "engine/isolation/process/memory_watch.hpp"

#include <algorithm>

#include "engine/isolation/isolated_plugin.hpp"
#include "engine/plugin/context.hpp"
#include "os/system_failed.hpp"

namespace plughost::isolation {
namespace {

// Intervals, from the cheapest measure to the most expensive one: anonymous memory, of which a plugin can take
// gigabytes a second; all memory of the process; the other processes of its group.
constexpr uint64_t kCheckInterval = 4 * kMs;
constexpr uint64_t kCountInterval = 40 * kMs;
constexpr uint64_t kSearchInterval = 200 * kMs;

// Memory of the runner itself: its stack and its page tables.
constexpr uint64_t kRunnerMemory = 8 << 20;
uint64_t with_tolerance(uint64_t limit) { return limit + limit / 8 + kRunnerMemory; }

Descriptor descriptor_of(const SharedMemory *memory) {
  if (!memory) return {-1, true};
  Descriptor descriptor = duplicate(memory->descriptor());
  if (descriptor.get() < 0) throw SystemFailed("duplicate a descriptor");
  return descriptor;
}

}  // namespace

MemoryWatch::MemoryWatch(std::shared_ptr<const Child> child, const RunnerSpec &spec,
                         std::shared_ptr<const SharedMemory> answers,
                         std::span<const std::shared_ptr<SharedMemory>> payloads, const SharedMemory *blocks)
    : child_(std::move(child)),
      limit_(spec.memory),
      sandboxed_(spec.sandbox),
      process_(child_->pid()),
      answers_(std::move(answers)),
      payloads_(payloads.begin(), payloads.end()),
      blocks_(descriptor_of(blocks)),
      next_search_ns_(now_ns() + kSearchInterval),
      newest_process_(static_cast<uint64_t>(child_->pid())) {}

uint64_t MemoryWatch::shared_by_host() const {
  uint64_t bytes = held_by(blocks_);
  for (const auto &payload : payloads_) bytes += payload->held();
  return bytes;
}

void MemoryWatch::check() {
  if (limit_ == 0) return;
  const uint64_t now = now_ns();
  if (now < next_check_ns_.load(std::memory_order_relaxed)) return;
  const std::unique_lock lock(mutex_, std::try_to_lock);
  if (!lock || exceeded()) return;
  next_check_ns_.store(now + kCheckInterval, std::memory_order_relaxed);
  if (!uses_too_much(now)) return;
  exceeded_.store(true, std::memory_order_release);
  child_->kill();
}

bool MemoryWatch::uses_too_much(uint64_t now) {
  if (answers_->held() > with_tolerance(limit_)) return true;
  // Count exactly when anonymous memory alone comes near the limit, and now and then in any case.
  if (process_.anonymous() <= limit_ / 4 * 3 && now < next_count_ns_) return false;
  next_count_ns_ = now + kCountInterval;
  const auto use = process_.use();
  if (!use) return false;
  const uint64_t known = answers_->held() + shared_by_host();
  const uint64_t shared = use->shared - std::min(use->shared, known);
  const uint64_t by_descriptors = sandboxed_ ? 0 : held_by_descriptors(child_->pid());
  if (use->own + std::max(shared, by_descriptors) > with_tolerance(limit_)) return true;
  if (sandboxed_ || now < next_search_ns_) return false;
  next_search_ns_ = now + kSearchInterval;
  return group_uses_too_much();
}

bool MemoryWatch::group_uses_too_much() {
  const uint64_t newest = newest_process();
  if (newest == newest_process_) return false;
  const auto others = others_in_group(child_->pid());
  // While the group has other processes, every search counts them again.
  if (others.empty()) newest_process_ = newest;
  uint64_t used = others.empty() ? 0 : fair_share(child_->pid());
  for (const auto other : others) used += fair_share(other) + held_by_descriptors(other);
  return used > with_tolerance(limit_);
}

}  // namespace plughost::isolation
