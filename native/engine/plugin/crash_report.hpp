// Reports on standard error which plugin of this process ended it. It saves nothing: locks and memory may be broken.
// The process dies as it would have without the report.
#pragma once

#include <cstdint>
#include <string>

#include "os/cpu/float_mode.hpp"
#include "os/thread/thread_locale.hpp"

namespace plughost {

// Marks the time in which this thread is inside a call of a plugin. Scopes may be nested. The destructor restores the
// thread's floating-point mode and locale. If the plugin forked, it ends the copy of the process.
class PluginCallScope {
 public:
  // `label` and `operation` must outlive the object. `offset` is that of the current block in the input; -1: there is
  // none.
  PluginCallScope(const char *label, const char *operation, int64_t offset = -1);
  ~PluginCallScope();
  PluginCallScope(const PluginCallScope &) = delete;
  PluginCallScope &operator=(const PluginCallScope &) = delete;

 private:
  const PluginCallScope *const outer_;
  const FloatMode mode_;
  const ThreadLocale locale_;

 public:
  const char *const label;
  const char *const operation;
  const int64_t offset;
};

// Sets the name of this thread's input, for reports. It must live until the next call on this thread. [any]
void set_input_of_thread(const std::string *name);

// Installs the reports: when a signal ends the process while a thread is inside a plugin, or on a thread of a plugin,
// the report names the plugin, its function and the block. When a plugin calls exit, the process reports it and ends
// with status
// 70. Faults that are not a plugin's go to the handlers that were installed before. Further calls do nothing. [control]
void install_crash_reports();

}  // namespace plughost
