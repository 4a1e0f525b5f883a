// What a plugin may do of the system's calls: as much as loading needs, then next to nothing.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "runner/channel.hpp"
#include "runner/sandbox/landlock.hpp"

namespace plughost::runner {

class Sandbox {
 public:
  // Reads what the host wants. Nothing is put up before `enter_loading`.
  explicit Sandbox(const Channel &channel);

  // Before any code of the plugin runs: reads of system libraries stay possible, and all that
  // a dynamic loader and constructors need. Tells the host how far it came. Throws Refused where the kernel cannot do
  // it.
  void enter_loading();
  // After init: memory, clocks, locks, and writing to the two captured outputs, beside what was granted. Throws
  // Refused.
  void enter_running();

 private:
  const Channel &channel_;
  const bool wanted_;
  const bool threads_;
  void confine(const std::vector<Place> &readable) const;

  std::vector<Place> readable_, writable_;
  int landlock_ = 0;  // the kernel's version, kept here because the plugin may write to the results
};

// [any]
bool is_sandboxed();
bool may_start_threads();

}  // namespace plughost::runner
