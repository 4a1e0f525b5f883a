// The plugin instances of this process, so that no two owners have the same one, in whichever threads they are.
#pragma once

#include <cstdint>
#include <mutex>
#include <unordered_map>

namespace plughost::addon {

enum class InstanceState {
  loaded,  // somebody has it
  spent,   // somebody had it, and it cannot be initialised again
};

class Instances {
 public:
  static Instances &process();

  // Takes the instance at this address; false when it cannot be had, and *found says why. [any]
  bool take(uintptr_t plugin, InstanceState *found);
  // Gives back what was taken. `spent`: it may never be taken again; otherwise its memory may be another instance's as
  // soon as the plugin has freed it, so this comes before `destroy`. [any]
  void give_back(uintptr_t plugin, bool spent);

 private:
  std::mutex mutex_;
  std::unordered_map<uintptr_t, InstanceState> states_;
};

}  // namespace plughost::addon
