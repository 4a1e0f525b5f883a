// The sandbox of a runner, in two stages: what loading a library needs, then next to nothing.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "runner/channel.hpp"
#include "runner/sandbox/landlock.hpp"

namespace plughost::runner {

// Does nothing if the host wants no sandbox. Used by the main thread before it serves requests.
class Sandbox {
 public:
  // Reads what the host wants and grants. `channel` must live as long as the process.
  explicit Sandbox(const Channel &channel);

  // Enters the first stage, before any code of the plugin runs. System libraries can be read, and the dynamic loader,
  // constructors and init can work. Throws Refused where the kernel cannot do it.
  void enter_loading();
  // Enters the second stage, after init: memory, clocks, locks, writing to the two captured outputs, and what was
  // granted. Throws Refused where the kernel cannot do it.
  void enter_running();

 private:
  void confine(const std::vector<GrantedPath> &readable) const;

  const Channel &channel_;
  const bool wanted_;
  const bool threads_;  // granted
  std::vector<GrantedPath> readable_, writable_;
  int landlock_ = 0;  // the kernel's version; kept here because the plugin can overwrite the one in the results
};

// Returns whether the first stage was entered. Async-signal-safe. [any]
bool is_sandboxed();
// Returns whether threads are granted. Only when is_sandboxed(). [any]
bool may_start_threads();

}  // namespace plughost::runner
