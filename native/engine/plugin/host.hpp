// plug_host: what plugins get, as C functions that any thread may call.
#pragma once

#include <plughost/host.h>

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace plughost {

struct LogRecord {
  std::string label;
  int32_t level;
  std::string message;  // bytes of the plugin, as they came
};

struct LogBatch {
  std::vector<LogRecord> records;  // oldest first
  uint64_t dropped;                // because too many were waiting
};

// The host whose log lines carry `label`; one a label, valid until the process ends. [any]
const plug_host *host_for(std::string_view label);

// Takes what has been logged since the last call. [any]
LogBatch drain_log();

}  // namespace plughost
