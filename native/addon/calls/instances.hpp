// The plugin instances that have an owner. Each has at most one, across all threads of the process.
#pragma once

#include <cstdint>
#include <mutex>
#include <unordered_map>

namespace plughost::addon {

enum class InstanceState {
  loaded,  // it has an owner
  spent,   // it had an owner, and cannot be initialised again
};

class Instances {
 public:
  static Instances &process();

  // Claims the instance at this address. Returns false when it is not available, and *found says why. [any]
  bool claim(uintptr_t plugin, InstanceState *found);
  // Releases a claimed instance. `spent`: no owner can claim it again. The caller releases it before `destroy`, because
  // afterwards its memory may belong to another instance. [any]
  void release(uintptr_t plugin, bool spent);

 private:
  std::mutex mutex_;
  std::unordered_map<uintptr_t, InstanceState> states_;
};

}  // namespace plughost::addon
