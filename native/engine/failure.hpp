// What went wrong in a run, in facts; the words for people are made above the engine.
#pragma once

#include <cstdint>
#include <string>

namespace plughost {

enum class FailureKind { input, output, plugin, contract, line_too_long };

struct Failure {
  FailureKind kind;
  std::string subject;           // the input's name or the plugin's label; empty for the output
  std::string operation;         // `open`, `read`, `write`, or the plugin's function
  int32_t code = 0;              // errno, or the plug status
  std::string message;           // the plugin's own words, or the rule that was broken
  int64_t offset = -1;           // of a byte in the input; -1 unknown
  bool fatal = true;             // the run ended there
  const void *plugin = nullptr;  // the instance, when it is a plugin's failure
};

}  // namespace plughost
