// A failure of a run, as facts. src/pipeline/failure.ts writes the message.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/named_enum.hpp"

namespace plughost::ipc {
struct FaultReport;
}

namespace plughost {

PLUGHOST_NAMED_ENUM(FailureKind,
                    input,           // an input cannot be opened or read
                    decode,          // compressed bytes are damaged
                    no_decoder,      // this build cannot decode the format
                    decoder_memory,  // decoding would take more memory than is allowed
                    output,          // the output cannot be written
                    temporary,       // a temporary file cannot be made, read or written: `subject` is its folder
                    plugin,          // a plugin returned an error
                    contract,        // a plugin broke the contract
                    line_too_long,   // a line is longer than the limit
                    range,           // a part of a file is not there, or cannot be read by itself
                    state,           // a file of states is damaged, or cannot have what would be written
                    unparsed,        // a line does not have the parser's format, and may not be left out
                    changed,         // a file that must be read again has changed: Failure::input
                    fault)           // an isolated plugin faulted, and the run ends: Failure::fault

struct Failure {
  FailureKind kind;
  std::string subject;    // the input's name or the plugin's label; empty for the output
  std::string operation;  // `open`, `read`, `write`, the format, or the plugin's function
  int32_t code = 0;       // errno, or the plug status
  std::string message;  // the plugin's message, the rule of the contract, what is wrong with the bytes, or the package
                        // of the missing decoder
  int64_t offset = -1;  // in the input; for FailureKind::decode in the stored bytes; -1: unknown
  bool fatal = true;    // the run ended there
  std::shared_ptr<ipc::FaultReport> fault = nullptr;  // for FailureKind::fault
  std::string tool = {};                              // for FailureKind::no_decoder: a command that decodes
  // For FailureKind::plugin and unparsed, where `offset` is known; Run::locate() fills them. For FailureKind::changed
  // only `input`.
  int64_t input = -1;  // index of the input
  uint64_t line = 0;   // the line's number in the input, from 1; 0: unknown
};

// Failures of readers. The run sets the subject, because readers do not know the name of their input.
inline Failure read_failed(int code, uint64_t offset) {
  return {FailureKind::input, "", "read", code, "", static_cast<int64_t>(offset), false};
}
inline Failure line_too_long(uint64_t offset) {
  return {FailureKind::line_too_long, "", "read", 0, "", static_cast<int64_t>(offset)};
}

}  // namespace plughost
