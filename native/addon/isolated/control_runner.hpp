// The process of an isolated plugin that serves control calls.
#pragma once

#include <napi.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "engine/isolation/rows/row_wire.hpp"
#include "engine/isolation/runner/runner_handle.hpp"

namespace plughost::addon {

// The longest line for `match`, in bytes. The host only reserves address space for it.
constexpr uint64_t kMaxMatchLine = uint64_t{128} << 20;

// What came of one call: a fault if there is one, else what `outcome` says.
struct CallResult {
  std::optional<ipc::Fault> fault;
  ipc::Outcome outcome = ipc::Outcome::done;
  // Of a call that failed.
  bool contract = false;  // the plugin broke the contract
  int32_t code = 0;       // the plug status
  std::string operation, message;
  // Of a call that was done.
  bool kept = false;
  ByteBuffer bytes;
};

// Returns a NativeCallResult of src/addon/isolated.ts. [control]
Napi::Object object_of(Napi::Env env, const CallResult &result);

// Starts the process, and starts another one after a fault. One thread at a time uses it.
class ControlRunner {
 public:
  explicit ControlRunner(std::shared_ptr<isolation::IsolatedPlugin> plugin) : plugin_(std::move(plugin)) {}

  const std::shared_ptr<isolation::IsolatedPlugin> &plugin() const { return plugin_; }
  // Whether end() was called.
  bool ended() const { return ended_; }

  // Starts the process unless it works already, and keeps what the plugin says of itself. Throws NotStarted,
  // std::exception.
  void start();
  // Calls the plugin's `run`, or asks its filter about one line. A process that is not to be had is a fault of the
  // result. Throws std::exception.
  CallResult run(const plug_ctx &ctx);
  CallResult match(std::span<const uint8_t> line);
  // Asks for the columns that the plugin names as a plugin of this kind. They do not change, so it asks once. Throws
  // StageFailure, std::exception.
  const isolation::NamedColumns &names(ipc::Role kind);
  // Lets the plugin's destroy run and ends the process. Gives back the copies of libraries that further processes would
  // have needed. No process starts after this.
  void end();

 private:
  isolation::RunnerHandle &runner();
  CallResult call(const std::function<ipc::Request(isolation::RunnerHandle &)> &prepare, uint64_t max_bytes,
                  const plug_ctx &ctx);

  std::shared_ptr<isolation::IsolatedPlugin> plugin_;
  bool ended_ = false;
  std::map<ipc::Role, isolation::NamedColumns> names_;
  std::shared_ptr<isolation::RunnerHandle> runner_;
};

}  // namespace plughost::addon
