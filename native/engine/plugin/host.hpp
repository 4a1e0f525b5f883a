// plug_host: the functions that plugins in this process get, and the log that they write to.
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
  std::string message;  // the plugin's bytes, perhaps not UTF-8
};

struct LogBatch {
  std::vector<LogRecord> records;  // oldest first
  uint64_t dropped;                // older records that were lost, because the log was full
};

// Returns the plug_host whose log records carry `label`. It is valid until the process ends. [any]
const plug_host *host_for(std::string_view label);

// Adds a record of the plugin `label` to the log. [any]
void log_as(std::string_view label, int32_t level, std::string_view text);

// Takes the records since the last call. [any]
LogBatch drain_log();

}  // namespace plughost
