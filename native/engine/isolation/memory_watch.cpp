#include "engine/isolation/memory_watch.hpp"

#include <algorithm>

#include "engine/isolation/runner_handle.hpp"
#include "engine/plugin/context.hpp"
#include "os/memory/shared_memory.hpp"
#include "os/process/child.hpp"
#include "os/system_failed.hpp"

namespace plughost::isolation {
namespace {

constexpr uint64_t kMs = 1'000'000;
// How often anonymous memory is looked at, which a plugin takes at gigabytes a second; how often all is counted; how
// often it is asked whether there are other processes.
constexpr uint64_t kLook = 4 * kMs;
constexpr uint64_t kCount = 40 * kMs;
constexpr uint64_t kSearch = 200 * kMs;

// For the runner itself, the stack and the tables of pages.
constexpr uint64_t kOwn = 8 << 20;
uint64_t most(uint64_t limit) { return limit + limit / 8 + kOwn; }

Descriptor another(const SharedMemory *memory) {
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
      alone_(spec.sandbox),
      process_(child_->pid()),
      answers_(std::move(answers)),
      payloads_(payloads.begin(), payloads.end()),
      blocks_(another(blocks)),
      next_search_ns_(now_ns() + kSearch),
      newest_process_(static_cast<uint64_t>(child_->pid())) {}

uint64_t MemoryWatch::lent() const {
  uint64_t bytes = held_by(blocks_);
  for (const auto &payload : payloads_) bytes += payload->held();
  return bytes;
}

void MemoryWatch::look() {
  if (limit_ == 0) return;
  const uint64_t now = now_ns();
  if (now < next_look_ns_.load(std::memory_order_relaxed)) return;
  const std::unique_lock lock(mutex_, std::try_to_lock);
  if (!lock || exceeded()) return;
  next_look_ns_.store(now + kLook, std::memory_order_relaxed);
  if (!holds_too_much(now)) return;
  exceeded_.store(true, std::memory_order_release);
  child_->kill();
}

bool MemoryWatch::holds_too_much(uint64_t now) {
  if (answers_->held() > most(limit_)) return true;
  // Much of what may be had is had: then it is counted exactly.
  if (process_.anonymous() <= limit_ / 4 * 3 && now < next_count_ns_) return false;
  next_count_ns_ = now + kCount;
  const auto use = process_.use();
  if (!use) return false;
  const uint64_t known = answers_->held() + lent();
  const uint64_t shared = use->shared - std::min(use->shared, known);
  const uint64_t by_descriptors = alone_ ? 0 : held_by_descriptors(child_->pid());
  if (use->own + std::max(shared, by_descriptors) > most(limit_)) return true;
  if (alone_ || now < next_search_ns_) return false;
  next_search_ns_ = now + kSearch;
  return group_holds_too_much();
}

bool MemoryWatch::group_holds_too_much() {
  const uint64_t newest = newest_process();
  if (newest == newest_process_) return false;
  const auto others = others_in_group(child_->pid());
  // As long as there are some they are looked at again.
  if (others.empty()) newest_process_ = newest;
  uint64_t used = others.empty() ? 0 : fair_share(child_->pid());
  for (const auto other : others) used += fair_share(other) + held_by_descriptors(other);
  return used > most(limit_);
}

}  // namespace plughost::isolation
