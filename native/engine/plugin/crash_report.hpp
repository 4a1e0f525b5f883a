// What is said of a plugin of this process when the process dies of it. Nothing is saved: locks and memory may be
// broken, so it only says what happened, and lets the process die as it would have.
#pragma once

#include <cstdint>
#include <string>

#include "os/cpu/float_mode.hpp"
#include "os/thread/thread_locale.hpp"

namespace plughost {

// While one exists, this thread is inside calls of a plugin. They may stand inside each other. A copy of the process
// that the plugin makes by fork ends with it. At its end
// the thread has the floating-point mode and the locale of its own that it had before.
class PluginCallScope {
 public:
  // The texts must live as long as the object. `offset`: of the block in work, in the input; -1: there is none.
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

// The input that this thread works on, for what is said; must live until another is set. [any]
void set_input_of_thread(const std::string *name);

// From now on a signal that ends the process while a thread is inside a plugin, or in a thread of one, is told on
// standard error, with the plugin, the function and the block, and a call of exit in a plugin ends the process with
// status 70. Handlers that are there are called for what is not a plugin's. A second call does nothing. [control]
void install_crash_reports();

}  // namespace plughost
