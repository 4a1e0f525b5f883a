#include "engine/isolation/runner/runner_log.hpp"

#include <algorithm>
#include <string>
#include <string_view>

#include "engine/plugin/context.hpp"
#include "engine/plugin/host.hpp"

namespace plughost::isolation {

using namespace ipc;

void RunnerLog::forward() {
  std::lock_guard lock(mutex_);
  const uint32_t logged = results_.logged.load(std::memory_order_acquire);
  if (logged == read_) return;
  const auto put = [&](int32_t level, std::string_view text) { log_as(spec_.label, level, text); };
  if (const uint32_t waiting = logged - read_; waiting > kLogRecords) {
    put(PLUG_LOG_WARNING, std::to_string(waiting - kLogRecords) + " messages before this one were lost");
    read_ = logged - kLogRecords;
  }
  for (; read_ != logged; read_++) {
    const LogSlot &record = results_.log[read_ % kLogRecords];
    if (record.number.load(std::memory_order_acquire) != read_ + 1) continue;
    uint64_t suppressed = 0;
    if (!spec_.log->take(now_ns(), &suppressed)) continue;
    if (suppressed > 0) put(PLUG_LOG_WARNING, std::to_string(suppressed) + " messages before this one are left out");
    put(record.level, {record.text, std::min<size_t>(record.size, kLogText)});
  }
}

}  // namespace plughost::isolation
