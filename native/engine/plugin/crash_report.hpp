// Reports on standard error which plugin of this process ended it. It saves nothing: locks and memory may be broken.
// The process dies as it would have without the report.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "os/cpu/float_mode.hpp"
#include "os/thread/thread_locale.hpp"

namespace plughost {

// A call of a plugin, for reports. `label` and `operation` must outlive the object. `offset` is that of the current
// block in the input; -1: there is none.
struct ReportedCall {
  const char *label;
  const char *operation;
  int64_t offset;
};

// Marks the time in which this thread is inside a call of a plugin. Scopes may be nested. The destructor restores the
// thread's floating-point mode and locale. If the plugin forked, it ends the copy of the process.
class PluginCallScope {
 public:
  // As the fields of ReportedCall.
  PluginCallScope(const char *label, const char *operation, int64_t offset = -1);
  ~PluginCallScope();
  PluginCallScope(const PluginCallScope &) = delete;
  PluginCallScope &operator=(const PluginCallScope &) = delete;

 private:
  const ReportedCall *const outer_;
  const ReportedCall call_;
  const int exceptions_;  // that were on their way when it began
  const FloatMode mode_;
  const ThreadLocale locale_;
};

// Returns the call that an exception left last on this thread, and forgets it. Nothing: no exception did since the last
// call. The engine throws a few exceptions of its own inside of calls. [any]
std::optional<ReportedCall> take_call_left_by_exception();

// Sets the name of this thread's input, for reports. It must live until the next call on this thread. [any]
void set_input_of_thread(const std::string *name);

// Installs the reports: when a signal ends the process while a thread is inside a plugin, or on a thread of a plugin,
// the report names the plugin, its function and the block. When a plugin calls exit, the process reports it and ends
// with status
// 70. Faults that are not a plugin's go to the handlers that were installed before. Further calls do nothing. [control]
void install_crash_reports();

}  // namespace plughost
