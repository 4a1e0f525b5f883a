#include "addon/calls/instances.hpp"

namespace plughost::addon {

Instances &Instances::process() {
  // Never destroyed, because worker threads may outlive static destructors.
  static auto *const instances = new Instances;
  return *instances;
}

bool Instances::claim(uintptr_t plugin, InstanceState *found) {
  const std::lock_guard lock(mutex_);
  const auto [entry, fresh] = states_.try_emplace(plugin, InstanceState::loaded);
  *found = entry->second;
  return fresh;
}

void Instances::release(uintptr_t plugin, bool spent) {
  const std::lock_guard lock(mutex_);
  if (spent)
    states_[plugin] = InstanceState::spent;
  else
    states_.erase(plugin);
}

}  // namespace plughost::addon
