// Reads lines as rows: one batch of parsed lines, in the memory of one worker.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/named_enum.hpp"
#include "engine/lines/line_batches.hpp"
#include "engine/lines/lines.hpp"
#include "engine/rows/parser.hpp"
#include "engine/rows/reading/number_columns.hpp"
#include "engine/rows/reading/watched.hpp"
#include "engine/rows/rows.hpp"
#include "engine/stages/stage.hpp"

namespace plughost {

// What happens to lines that do not have the parser's format.
PLUGHOST_NAMED_ENUM(Unparsed,
                    drop,  // they have no row and are left out
                    keep,  // they are rows without values
                    fail)  // the first one ends the run

// The lines of a batch whose plugins are in this process, and of one that goes to another process, which is worth more
// lines.
constexpr uint32_t kLargeBatch = 16384;
constexpr uint32_t batch_of(bool isolated) { return isolated ? kLargeBatch : kBatch; }

struct RowReading {
  Unparsed unparsed;
  uint32_t batch;  // the most lines of one read()
  // The indexes of the columns that are the numbers of lines. The parser gives the others.
  const std::vector<uint32_t> &numbers;
  Watched &watched;
};

class RowReader {
 public:
  // The parser and what `how` refers to must outlive it. Throws StageFailure.
  RowReader(const Parser &parser, const Schema &schema, const RowReading &how);

  // Gives the block and each made text 64 more bytes of memory, because parsers may read that far. Throws
  // std::bad_alloc.
  static void pad(Content *content);

  // Returns the lines to read of a block, valid until the next call: `in`, and for a parser with PLUG_PARSER_ORDERED
  // also the lines that it skipped in earlier stages.
  const Selection &begin(const Content &content, const Selection &in);
  // Parses lines of `content`, which begin() has returned, leaves out those that do not fit or are skipped, and counts
  // all. Adds the lines to Content::unfit and Content::skipped. Leaves and counts no line after the row with the number
  // `most`, from 1. Throws StageFailure, StageCancelled, std::bad_alloc.
  void read(Content &content, const plug_ctx &ctx, const plug_lines &lines, uint32_t text, uint64_t most,
            StageCount *count);
  // Returns whether a line of the block did not fit and ends the run: Content::failure. No line after it may be read.
  bool failed() const { return failed_; }
  // Leaves only the rows whose bit is set.
  void narrow(std::span<const uint64_t> kept);

  // The lines that are left. A row is made of each.
  const plug_lines &lines() const { return left_; }
  // The rows that are left, valid until the next call of read() or narrow().
  Rows rows(Content &content) const;

 private:
  void find_lines_of_before(const plug_lines &lines, uint32_t text);
  void leave_out_unfit(Content &content, const plug_lines &lines, uint64_t most, StageCount *count);
  uint32_t lines_until(const plug_lines &lines, uint64_t row) const;
  void forget_verdicts(uint32_t from);
  void watch();

  const StagePlugin &plugin_;
  const RowReading how_;
  uint64_t valued_ = 0;  // bits that were noted
  const void *const identity_;
  const bool ordered_;
  const Schema parsed_;  // the columns of the parser
  const std::unique_ptr<ParserWorker> parser_;
  Cells cells_;
  NumberColumns numbers_;
  std::vector<plug_column> columns_;  // all of them, in the order of the schema
  MemorySink made_;
  std::vector<uint64_t> fits_;
  std::vector<uint64_t> skipped_;
  std::vector<uint64_t> lost_;
  // Lines that an earlier stage skipped: those of the batch, and those of the block from number next_before_ on.
  std::vector<uint64_t> before_;
  std::vector<Range> all_before_;
  size_t next_before_ = 0;
  bool failed_ = false;
  Selection with_before_;
  uint32_t text_ = 0;
  // The lines that are left. They are the batch itself until a line is left out.
  plug_lines left_{};
  std::vector<plug_span> spans_;
  std::vector<uint64_t> origins_;
};

}  // namespace plughost
