// A parser in a run, and the parser in this process.
#pragma once

#include <plughost/parser.h>

#include <memory>
#include <span>

#include "engine/lines/content.hpp"
#include "engine/rows/row_batch.hpp"
#include "engine/rows/schema.hpp"
#include "engine/stages/plugin_call.hpp"
#include "engine/stages/run_setting.hpp"

namespace plughost {

// What a parser says of the lines of a batch, with a bit for each line. A line without a bit does not fit.
struct Verdicts {
  std::span<uint64_t> fits;     // it is a row
  std::span<uint64_t> skipped;  // it belongs to the format, and is no row
  std::span<uint64_t> lost;     // it crashed the plugin: a parser of another process survives that
};

// A parser in one worker thread, with the plugin's state.
class ParserWorker {
 public:
  virtual ~ParserWorker() = default;
  // Parses lines of `content`: fills the wanted columns of *cells, which must be clear, and sets at most one bit of
  // `verdicts`, all 0 on entry, for each line. Text that stands in no line goes to *made, which must be empty.
  // Everything is checked. Throws StageFailure, StageCancelled, std::bad_alloc.
  virtual void parse(Content &content, const plug_ctx &ctx, const plug_lines &lines, uint32_t text, Cells *cells,
                     Verdicts verdicts, MemorySink *made) = 0;
};

// A parser, made once for a run and shared by the workers.
class Parser {
 public:
  explicit Parser(StagePlugin used) : plugin(std::move(used)) {}
  virtual ~Parser() = default;
  Parser(const Parser &) = delete;
  Parser &operator=(const Parser &) = delete;

  // Returns whether the parser must get all lines in order, so that the run has one worker.
  virtual bool ordered() const = 0;
  // Returns whether it has columns of any name.
  virtual bool open() const = 0;
  // Returns the columns that it always has. Throws StageFailure. [any]
  virtual std::vector<Field> fields() const = 0;
  // Returns the parser for one worker, which gives these columns. The parser and the schema must outlive it. Throws
  // StageFailure when the plugin cannot make a state, or cannot give a column.
  virtual std::unique_ptr<ParserWorker> worker(const Schema &wanted) const = 0;
  // Returns what the parsers of all stages that have the same plugin share.
  virtual const void *identity() const { return plugin.instance; }
  // As LineStage::isolated() and configure().
  virtual bool isolated() const { return false; }
  virtual void configure(const RunSetting &) {}

  const StagePlugin plugin;
};

class DirectParser : public Parser {
 public:
  DirectParser(StagePlugin used, const plug_parser &parser) : Parser(std::move(used)), calls(parser) {}

  bool ordered() const override { return calls.flags & PLUG_PARSER_ORDERED; }
  bool open() const override { return calls.flags & PLUG_PARSER_OPEN; }
  std::vector<Field> fields() const override;
  std::unique_ptr<ParserWorker> worker(const Schema &wanted) const override;

  const plug_parser calls;
};

}  // namespace plughost
