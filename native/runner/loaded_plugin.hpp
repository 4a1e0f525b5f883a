// The plugin of a runner: loaded, checked, initialised.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "engine/stages/stage.hpp"
#include "ipc/protocol.hpp"
#include "runner/channel.hpp"

namespace plughost::runner {

// Thrown when the plugin cannot be used.
struct Refused {
  ipc::Refusal refusal;
  int32_t code;      // the plugin's status, or 0
  std::string text;  // for people; the host adds what it knows
};

// Lives on the runner's main thread.
class LoadedPlugin {
 public:
  // Loads the library, whose constructors run, and calls NewPlugin. Reports each step to the channel first, so that the
  // host knows where a plugin died. Throws Refused.
  explicit LoadedPlugin(const Channel &channel);
  // Calls the plugin's init. Throws Refused.
  void init(Channel &channel);
  // Writes the plugin's name, and a copy of its struct of each kind, to the results. Throws Refused when a struct
  // breaks the contract.
  void describe(const Channel &channel);
  // Calls the plugin's destroy. No call may follow.
  void destroy();

  plug_plugin *instance() const { return instance_; }
  const plug_plugin &calls() const { return calls_; }
  // Returns the checked copy of the struct of a role's kind. Throws Refused if the plugin does not offer the kind.
  const std::vector<uint8_t> &struct_of_kind(ipc::Role role) const;
  // Returns the same as a struct of the contract, such as plug_filter.
  template <typename Struct>
  Struct calls() const {
    const auto &bytes = struct_of_kind(ipc::role_of<Struct>);
    return struct_of<Struct>(bytes.data(), bytes.size());
  }

 private:
  void check_function(const void *function, const std::string &name, bool mandatory) const;
  std::vector<uint8_t> read_kind(const ipc::Kind &kind) const;

  void *new_plugin_ = nullptr;  // the symbol
  plug_plugin *instance_ = nullptr;
  plug_plugin calls_{};                                          // a checked copy
  std::array<std::vector<uint8_t>, ipc::kKindCount> structs_{};  // checked copies; empty: not offered
};

}  // namespace plughost::runner
