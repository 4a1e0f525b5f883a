// The interface of the stages of a run.
#pragma once

#include <cstdint>
#include <memory>
#include <utility>

#include "base/named_enum.hpp"
#include "engine/lines/content.hpp"
#include "engine/lines/selection.hpp"
#include "engine/lines/spans.hpp"
#include "engine/stages/plugin_call.hpp"

namespace plughost {

struct RunSetting;

// Which call of a plugin a stage uses.
PLUGHOST_NAMED_ENUM(Shape,
                    auto_,  // the widest that the plugin has; resolved before a run
                    scan,   // a whole block
                    batch,  // many lines
                    line,   // one line
                    any,    // a stage of several filters
                    rows)   // a stage that reads lines as rows

// Where a line begins: the index of the input, and its offset there in bytes.
struct LinePlace {
  uint32_t input = 0;
  uint64_t offset = 0;
  uint64_t line = 0;  // its number in the input, from 1; 0: unknown
};

// Counters of one stage for one block; their sum is the stage's report.
struct StageCount {
  uint64_t ns = 0;
  uint64_t bytes_in = 0;
  uint64_t lines_in = 0;  // 0 when the stage never split lines
  uint64_t lines_kept = 0;
  uint64_t lines_changed = 0;
  uint64_t rows = 0;           // that its filters kept
  uint64_t lines_skipped = 0;  // that have the format of the parser, and no row
  uint64_t lines_unfit = 0;    // that do not have the format
  LinePlace first_unfit;       // the first of them, if there are any

  StageCount &operator+=(const StageCount &other) {
    ns += other.ns;
    bytes_in += other.bytes_in;
    lines_in += other.lines_in;
    lines_kept += other.lines_kept;
    lines_changed += other.lines_changed;
    rows += other.rows;
    lines_skipped += other.lines_skipped;
    // Counts are added in the order of the blocks.
    if (lines_unfit == 0) first_unfit = other.first_unfit;
    lines_unfit += other.lines_unfit;
    return *this;
  }
};

// Why a line is shown: the stages kept it, or it is a context line near one.
enum class LineKind { kept, context };

// A stage in one worker thread, with the plugin's state.
class LineWorker {
 public:
  virtual ~LineWorker() = default;
  // Runs the stage on the lines of `in` and writes the resulting lines to *out. A transform writes new lines into its
  // arena of `content`. Throws StageFailure, StageCancelled, std::bad_alloc.
  virtual void apply(Content &content, const plug_ctx &ctx, const Selection &in, Selection *out, StageCount *count) = 0;
  // Adds the spans that the stage reports in lines of one text to *spans, if reports_spans(kind). Throws as apply()
  // does.
  virtual void find_spans(Content &, const plug_ctx &, const plug_lines &, uint32_t, LineKind, MergedSpans *) {}
  // Called once, when the thread has no more blocks.
  virtual void end() {}
};

// A stage that turns lines into lines: a filter or a transform. Made once for a run and shared by the workers.
class LineStage {
 public:
  LineStage(StagePlugin used, Shape shape) : plugin(std::move(used)), shape(shape) {}
  virtual ~LineStage() = default;
  LineStage(const LineStage &) = delete;
  LineStage &operator=(const LineStage &) = delete;

  // Returns whether the stage must get all lines in order, so that the run has one worker.
  virtual bool ordered() const = 0;
  // Tells the stage how many workers it will have. Called once, before worker().
  virtual void begin(unsigned) {}
  // Returns the stage for one worker. The stage must outlive it. `number` is the stage's index among the stages, from
  // 0. Throws StageFailure when the plugin cannot make a state.
  virtual std::unique_ptr<LineWorker> worker(uint32_t number) const = 0;
  // Returns whether the stage replaces lines. A stage that does not is a filter.
  virtual bool transforms() const { return false; }
  // Returns whether the stage reports spans in lines of that kind.
  virtual bool reports_spans(LineKind) const { return false; }
  // Returns whether the stage reads lines as rows.
  virtual bool reads_rows() const { return shape == Shape::rows; }
  // Returns the name of the parser in reports; empty: the stage does not read lines as rows.
  virtual std::string parser_label() const { return {}; }
  // Returns whether the rows that are left are given to aggregators, so that no line goes on.
  virtual bool folds_rows() const { return false; }
  // Returns whether it needs Content::first_number.
  virtual bool reads_numbers() const { return false; }
  // Returns the bits of the watched columns in which a row had a value, when the workers have ended.
  virtual uint64_t valued() const { return 0; }
  // Returns whether the plugin runs in processes of its own.
  virtual bool isolated() const { return false; }
  // Gives an isolated stage the facts of the run. Called once, before worker().
  virtual void configure(const RunSetting &) {}

  const StagePlugin plugin;
  const Shape shape;  // the call that the stage uses; never automatic
};

}  // namespace plughost
