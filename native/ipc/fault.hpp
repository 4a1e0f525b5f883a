// What is known of the end of a runner, in facts; the words for people are made above the engine.
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
  bool judged;         // it names the plugin's own file or one that it needs, which may so be opened
};

// Every text in it comes out of the process that died: neither clean nor true.
struct Fault {
  FaultKind kind = FaultKind::crash;
  State state = State::starting;  // what the runner was doing
  std::string operation;          // the plugin's function, where it is known; what the host wanted of the system
  int32_t code = 0;               // the signal, the exit status, the plug status, errno
  bool traced = false;            // what follows is known
  uint64_t address = 0;           // that was touched
  bool overflow = false;          // of the stack
  bool other_thread = false;
  std::vector<TracedFrame> frames;  // innermost first
  std::vector<uint32_t> hints;      // bytes of the block that it held pointers to
  std::string message;              // of the plugin or the system's loader, or the rule that was broken
  Refusal refusal = Refusal::none;
  uint64_t peak_memory = 0;  // bytes
  bool at_memory_limit = false;
  std::string refused_call;  // by the sandbox, before the end; empty: none
};

// What the host did with the lines that a plugin did not survive.
PLUGHOST_NAMED_ENUM(Verdict,
                    passed,   // a second try succeeded, so the lines did not cause the fault
                    skipped,  // left out
                    kept,     // passed on unchanged
                    stopped)  // the run ended there

// A fault in a run. Several lines when the plugin does not say that each stands for itself.
struct FaultReport {
  Fault fault;
  std::string label;
  Verdict verdict = Verdict::passed;
  std::string reason;  // of a stop that is not for the lines' sake
  uint32_t input = 0;
  bool located = false;  // what follows is known
  uint64_t line = 0;     // of the input, from 1; 0: not known. Inside a run first that of the block.
  uint64_t offset = 0;   // bytes, in the input's text
  uint64_t length = 0;
  uint64_t lines = 0;
  std::string text;  // how the first of them begins; bytes
};

}  // namespace plughost::ipc
