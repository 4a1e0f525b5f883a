#include "engine/plugin/host.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <mutex>

#include "engine/plugin/context.hpp"

namespace plughost {
namespace {

constexpr size_t kMaxRecords = 4096;    // waiting; then the oldest are dropped
constexpr uint64_t kMaxMessage = 4096;  // bytes; longer messages are cut

// Of the whole process. Never destroyed, because a plugin's thread may log while the process ends.
struct Registry {
  std::mutex mutex;
  std::map<std::string, std::unique_ptr<plug_host>, std::less<>> hosts;
  std::deque<LogRecord> records;
  uint64_t dropped = 0;
};

Registry &registry() {
  static Registry &instance = *new Registry;
  return instance;
}

void log(const plug_host *host, int32_t level, plug_bytes message) {
  if (!host || (!message.data && message.len > 0)) return;
  const auto &label = *static_cast<const std::string *>(host->self);
  const std::string_view text(reinterpret_cast<const char *>(message.data),
                              static_cast<size_t>(std::min(message.len, kMaxMessage)));
  const int32_t known = std::clamp<int32_t>(level, PLUG_LOG_DEBUG, PLUG_LOG_PLUGIN_MISBEHAVING);
  auto &log = registry();
  std::lock_guard lock(log.mutex);
  if (log.records.size() == kMaxRecords) {
    log.records.pop_front();
    log.dropped++;
  }
  log.records.push_back({label, known, std::string(text)});
}

uint64_t now(const plug_host *) { return now_ns(); }

const void *extension(const plug_host *, const char *) { return nullptr; }

}  // namespace

const plug_host *host_for(std::string_view label) {
  auto &all = registry();
  std::lock_guard lock(all.mutex);
  auto [entry, fresh] = all.hosts.try_emplace(std::string(label));
  if (fresh) {
    entry->second =
        std::make_unique<plug_host>(plug_host{sizeof(plug_host), PLUG_ABI_MAJOR, PLUG_ABI_MINOR,
                                              const_cast<std::string *>(&entry->first), log, now, extension});
  }
  return entry->second.get();
}

void log_as(std::string_view label, int32_t level, std::string_view text) {
  const plug_host *const host = host_for(label);
  host->log(host, level, {reinterpret_cast<const uint8_t *>(text.data()), text.size()});
}

LogBatch drain_log() {
  auto &log = registry();
  std::lock_guard lock(log.mutex);
  LogBatch batch{{std::make_move_iterator(log.records.begin()), std::make_move_iterator(log.records.end())},
                 log.dropped};
  log.records.clear();
  log.dropped = 0;
  return batch;
}

}  // namespace plughost
