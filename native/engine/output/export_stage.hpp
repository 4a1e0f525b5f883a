// The interface of a run's exporter, and the exporter in this process.
#pragma once

#include <plughost/exporter.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "engine/lines/line_batches.hpp"
#include "engine/plugin/sink.hpp"
#include "engine/stages/stage.hpp"

namespace plughost {

// The rows that an exporter makes of the lines of one block, if it parses them.
struct ExportedRows {
  uint64_t most = UINT64_MAX;      // how many are wanted, at least 1: no line after the last of them counts
  uint64_t count = 0;              // how many were written
  std::optional<Range> last = {};  // the line of the last one
};

// An exporter with one state of its plugin: one for each worker, or one for the whole run.
class ExportWorker {
 public:
  virtual ~ExportWorker() = default;
  // The calls append to *out. They throw StageFailure, StageCancelled, std::bad_alloc.

  // Writes what comes before the first line.
  virtual void begin(const plug_ctx &ctx, MemorySink *out) = 0;
  // Writes the kept lines of one block. Called only if the stage does not parse them.
  virtual void write(Content &, const plug_ctx &, const Selection &, MemorySink *, StageCount *) {}
  // Parses the kept lines of one block, and writes the first rows->most of their rows. Called only if the stage parses.
  virtual void write_parsed(Content &, const plug_ctx &, const Selection &, ExportedRows *, MemorySink *,
                            StageCount *) {}
  // Writes what comes before the rows of a table. Called only if the stage writes rows, on one worker.
  virtual void begin_rows(const plug_ctx &, const plug_schema &, MemorySink *) {}
  // Writes rows of a table. The content is that of their lines, or null for rows without lines. Called only if the
  // stage writes rows.
  virtual void write_rows(Content *, const plug_ctx &, const plug_rows &, MemorySink *) {}
  // Writes what comes after the last line.
  virtual void end(const plug_ctx &ctx, MemorySink *out) = 0;
};

// The exporter of a run, shared by the workers.
class ExportStage {
 public:
  explicit ExportStage(StagePlugin used) : plugin(std::move(used)) {}
  virtual ~ExportStage() = default;
  ExportStage(const ExportStage &) = delete;
  ExportStage &operator=(const ExportStage &) = delete;

  // Returns whether rows are independent of each other, so that each worker may write the rows of its blocks.
  virtual bool rowwise() const = 0;
  // Returns whether lines get their numbers before the blocks are in order: Content::first_number.
  virtual bool reads_numbers() const { return false; }
  // Returns what LineStage::parser_label returns.
  virtual std::string parser_label() const { return {}; }
  // Returns what LineStage::valued returns.
  virtual uint64_t valued() const { return 0; }
  // Returns whether the exporter needs the numbers of lines: Content::numbered and first_number.
  virtual bool numbers() const = 0;
  // Returns whether it needs the name of the input: Content::name.
  virtual bool names() const = 0;
  // Returns whether it parses the lines, so that it may have to name one that does not fit.
  virtual bool parses() const { return false; }
  // Returns its name in reports.
  virtual std::string label() const { return plugin.label; }
  // Returns whether the exporter writes rows, too.
  virtual bool writes_rows() const { return false; }
  // Makes a worker, which the stage must outlive. Throws StageFailure when the plugin cannot make a state.
  virtual std::unique_ptr<ExportWorker> worker() const = 0;
  // As LineStage::isolated() and configure().
  virtual bool isolated() const { return false; }
  virtual void configure(const RunSetting &) {}

  const StagePlugin plugin;
};

// An exporter whose plugin is in this process.
class DirectExportStage : public ExportStage {
 public:
  // `exporter` is the engine's own copy of the plugin's struct, already validated.
  DirectExportStage(StagePlugin plugin, const plug_exporter &exporter, LineEnd line_end);

  bool rowwise() const override { return (calls.flags & PLUG_EXPORTER_ROWWISE) != 0; }
  bool numbers() const override { return (calls.flags & PLUG_EXPORTER_NUMBERS) != 0; }
  bool names() const override { return (calls.flags & PLUG_EXPORTER_NAMES) != 0; }
  bool writes_rows() const override { return calls.begin_rows && calls.write_rows; }
  std::unique_ptr<ExportWorker> worker() const override;

  const plug_exporter calls;
  const LineEnd line_end;
};

}  // namespace plughost
