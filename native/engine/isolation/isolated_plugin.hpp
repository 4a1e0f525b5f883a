// A plugin that runs in processes of its own: what is loaded, what it may use, and what happens to lines that crash it.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/named_enum.hpp"
#include "engine/isolation/log_allowance.hpp"
#include "engine/stages/stage.hpp"
#include "ipc/kinds.hpp"
#include "os/file/descriptor.hpp"
#include "os/file/sealed_file.hpp"

namespace plughost::isolation {

// A library that was inspected. Every runner loads this copy, even when the file has changed since.
struct JudgedLibrary {
  std::string path;  // the real path of the file that was copied
  std::string name;  // by which other libraries need it; empty for a plugin
  std::shared_ptr<const SealedFile> copy;
};

// How to start a runner: the plugin, and the limits that the user sets.
struct RunnerSpec {
  std::string executable;                    // path of plughost-runner
  JudgedLibrary library;                     // of a builtin plugin only the path: see ipc::is_builtin
  std::vector<JudgedLibrary> needed;         // dependencies first
  std::shared_ptr<const Descriptor> folder;  // the working folder of the runner; null: the root
  std::string label;
  std::string config;  // JSON
  bool new_plugin_is_data = false;
  uint32_t new_plugin_size = 0;
  uint64_t memory = 0;    // bytes of private memory; 0: no limit
  uint64_t call_ns = 0;   // limit of one call or block; 0: no limit
  uint64_t start_ns = 0;  // limit of a start; 0: no limit
  bool sandbox = false;
  bool shares_blocks = false;  // it may pass the memory of blocks on to a program of its own
  bool threads = false;        // the sandbox allows the plugin to start threads
  bool compiles = false;  // an adapter that makes machine code in init, for which the sandbox then has an exception
  std::vector<std::string> readable, writable;  // paths that the sandbox grants
  std::vector<std::string> identities;          // DEVICE:INODE of each of readable, then of each of writable
  std::shared_ptr<LogAllowance> log = std::make_shared<LogAllowance>();
};

// What a plugin declares about itself, copied from the runner and checked.
struct Description {
  std::string name;
  // The struct of each kind, as ipc::StructCopy; empty: the plugin does not offer the kind.
  std::array<std::vector<uint8_t>, ipc::kKindCount> structs;
  uint32_t landlock = 0;  // version of Landlock in the kernel; 0: none

  // Returns the struct of a kind. Its pointers are addresses in the runner.
  template <typename Struct>
  Struct get() const {
    const auto &bytes = structs[ipc::kind_index(ipc::role_of<Struct>)];
    return struct_of<Struct>(bytes.data(), bytes.size());
  }
};

// What to do with lines that crash the plugin.
PLUGHOST_NAMED_ENUM(OnFault,
                    skip,   // leave the lines out
                    match,  // pass them on unchanged
                    stop)   // end the run

// Shared by all stages that use the plugin.
struct IsolatedPlugin {
  std::shared_ptr<const RunnerSpec> spec;
  Description description;
  OnFault on_fault = OnFault::skip;
  uint32_t max_faults = 100;  // after more faults in a run the plugin counts as broken, and the run ends
};

}  // namespace plughost::isolation
