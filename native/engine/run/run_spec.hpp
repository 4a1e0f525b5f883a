// What a run does.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "engine/input/source.hpp"
#include "engine/output/export_stage.hpp"
#include "engine/output/output.hpp"
#include "engine/output/print/printer.hpp"
#include "engine/rows/groups/results.hpp"
#include "engine/rows/states/merged_states.hpp"
#include "engine/stages/stage.hpp"

namespace plughost {

// Answers that the run writes by its exporter when all lines were read, as a table of their own.
struct RunAnswers {
  const Folded *folded;  // a RowStage of the run, or its states
  size_t fold;           // index of the fold there
  ResultSpec result;
};

// The states that a run writes to its output when all lines were read, instead of answers.
struct RunStates {
  std::vector<uint8_t> prefix;  // of the file
  std::optional<size_t> stage;  // index of the RowStage that folds the rows; none: what the run merges
};

struct RunSpec {
  std::vector<InputSpec> inputs;
  std::vector<std::unique_ptr<LineStage>> stages;  // in this order
  std::unique_ptr<ExportStage> exporter;           // null: kept lines are printed
  std::unique_ptr<MergedStates> merged;            // files of states, merged by the run; null: none
  std::vector<RunAnswers> answers;                 // the exporter writes them, so there is one
  std::shared_ptr<const Zone> zone;                // of the times in answers; null: UTC
  std::optional<RunStates> states;                 // there is an output then, and neither exporter nor answers
  Output *output = nullptr;                        // must outlive the run; null: the run only counts
  Output *unparsed = nullptr;                      // gets the lines that no parser reads; null: they are only counted
  PrintSpec print;                                 // how kept lines are printed without an exporter
  bool continued = false;                          // the output already has what the exporter writes before the lines
  uint64_t limit = 0;                              // the run ends well after this many kept lines; 0: no limit
  uint64_t input_limit = 0;  // the run skips the rest of an input after this many kept lines of it; 0: no limit
  unsigned workers = 0;      // threads; for isolated plugins: runners; 0: one for each core
  size_t block_size = 0;     // bytes; 0: the engine chooses
  size_t max_line = 0;       // bytes of the longest line that is not over-long; 0: the engine chooses
  LongLines long_lines = LongLines::fail;
  std::function<void()> on_step;  // called after each block of a live input, by a thread of the run; may be empty
};

}  // namespace plughost
