// What a run did.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/named_enum.hpp"
#include "engine/plugin/failure.hpp"
#include "engine/stages/stage.hpp"
#include "ipc/fault.hpp"
#include "plughost/base.h"

namespace plughost {

// Counters of the blocks that were written. They grow in output order, so at any time they are those of a run over a
// shorter input.
struct Counters {
  uint64_t bytes = 0;    // of input
  uint64_t kept = 0;     // lines after the last stage, or rows of an exporter that parses
  uint64_t written = 0;  // bytes of output
};

PLUGHOST_NAMED_ENUM(InputState,
                    unread,   // the run ended before it
                    refused,  // it could not be opened
                    read)     // it was read, to its end or in part

// What the run did with one input.
struct InputCount {
  using State = InputState;

  State state = State::unread;
  uint64_t bytes = 0;  // of the input as it is stored, so compressed ones
  uint64_t kept = 0;   // as Counters::kept
};

struct StageReport {
  std::string label;
  std::string parser;  // empty: it reads no rows
  std::string shape;   // name of the call that the stage used
  StageCount count;
  uint64_t valued = 0;  // Watched::valued of a stage that reads rows
};

struct RunResult {
  Counters counters;
  std::vector<InputCount> inputs;  // one for each input of the spec
  uint32_t cancelled = PLUG_CANCEL_NONE;
  std::vector<Failure> failures;
  std::vector<ipc::FaultReport> faults;  // that the run survived, in line order
  unsigned workers = 0;
  uint64_t blocks = 0;
  uint64_t answers = 0;     // rows of all tables of answers
  uint64_t folded = 0;      // rows that aggregators got, in this run or in those whose states it merges
  bool early = false;       // an input was not read to its end, because no more of its lines were wanted
  uint64_t long_lines = 0;  // over-long lines that were skipped or split
  uint64_t elapsed_ns = 0;
  std::vector<StageReport> stages;  // the stages of the spec, then the exporter if there is one
};

}  // namespace plughost
