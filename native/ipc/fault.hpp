// Describes why a runner ended, as data. Code above the engine turns it into messages.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/named_enum.hpp"
#include "ipc/protocol.hpp"

namespace plughost::ipc {

PLUGHOST_NAMED_ENUM(FaultKind,
                    crash,       // a signal that the plugin raised, with a trace or without
                    exit,        // the plugin ended its process
                    kill,        // SIGKILL: sent by the plugin, by another process, or for lack of memory
                    hang,        // no progress until the deadline
                    panic,       // the plugin reported PLUG_ERROR_PANIC
                    violation,   // the runner's answer is impossible
                    refusal,     // the plugin did not become ready: Fault::refusal
                    no_process)  // the host could not start a process, so it is no fault of the plugin

struct TracedFrame {
  std::string file;    // of the plugin, a library or the runner; empty: no file
  std::string symbol;  // empty: unknown
  uint64_t offset;     // in the file
  bool judged;         // `file` is the plugin or a library that it needs, so it is safe to open
};

// All texts come from the dead process. They may contain any bytes, and may be lies.
struct Fault {
  FaultKind kind = FaultKind::crash;
  State state = State::starting;  // what the runner was doing
  std::string operation;          // the plugin's function, if known; for no_process what the host tried
  int32_t code = 0;               // the signal, the exit status, the plug status, errno
  bool traced = false;            // the fields up to `hints` are known
  uint64_t address = 0;           // whose access failed
  bool overflow = false;          // the stack overflowed
  bool other_thread = false;
  std::vector<TracedFrame> frames;  // innermost first
  std::vector<uint32_t> hints;      // offsets in the block to which the plugin held pointers
  std::string message;              // from the plugin or the system's loader, or the broken rule
  Refusal refusal = Refusal::none;
  uint64_t peak_memory = 0;  // bytes
  bool at_memory_limit = false;
  std::string refused_call;  // the last call that the sandbox refused; empty: none
};

// Whether the plugin failed when it made its state, before it got the lines of the request.
inline bool is_without_lines(const Fault &fault) {
  return fault.state == State::preparing || fault.operation == "state_new" || fault.operation == "want";
}

// What the host did with the lines that a plugin did not survive.
PLUGHOST_NAMED_ENUM(Verdict,
                    passed,   // a second try succeeded, so the lines did not cause the fault
                    skipped,  // left out
                    kept,     // passed on unchanged
                    stopped)  // the run ended there

// A fault in a run. It names several lines if the plugin does not handle each line independently.
struct FaultReport {
  Fault fault;
  std::string label;
  Verdict verdict = Verdict::passed;
  std::string reason;  // why the run ended, if not because of these lines
  uint32_t input = 0;
  bool located = false;  // the fields below are known
  // Number of the first line in the input, from 1; 0: unknown. Until the run sets it, the number in the block.
  uint64_t line = 0;
  uint64_t offset = 0;  // of the first line in the input, in bytes
  uint64_t length = 0;  // bytes of all lines
  uint64_t lines = 0;
  std::string text;  // the beginning of the first line; any bytes
};

}  // namespace plughost::ipc
