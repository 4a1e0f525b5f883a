// Reads lines as rows: one batch of parsed lines, in the memory of one worker.
#pragma once

#include <charconv>
#include <cstdint>
#include <memory>
#include <new>
#include <span>
#include <vector>

#include "base/named_enum.hpp"
#include "engine/lines/line_batches.hpp"
#include "engine/lines/line_numbers.hpp"
#include "engine/lines/lines.hpp"
#include "engine/rows/parser.hpp"
#include "engine/rows/rows.hpp"
#include "engine/rows/watched.hpp"
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

// Fills the columns that are the numbers of lines, for one batch after the other of a block, in order.
class NumberColumns {
 public:
  // `indexes` are those of columns of `schema`; `rows` is the most of a batch.
  NumberColumns(const Schema &schema, const std::vector<uint32_t> &indexes, uint32_t rows)
      : cells_(indexes.size(), rows) {
    for (const uint32_t index : indexes) types_.push_back(schema.fields()[index].type);
  }

  const plug_column &column(size_t index) const { return cells_.column(index); }

  // Begins a block, whose first line has the number content.first_number.
  void begin(const Content &content) {
    counted_ = 0;
    number_ = content.first_number;
  }

  // Fills the rows of lines. Their text goes to *made. Throws InvalidOrigins, std::bad_alloc.
  void fill(const Content &content, const plug_lines &lines, uint32_t text, MemorySink *made) {
    if (types_.empty()) return;
    cells_.clear();
    const Block &block = content.block;
    for (uint32_t i = 0; i < lines.count; i++) {
      const uint64_t at = plug_line_offset(&lines, i) - block.offset;
      // A transform gave the offsets. If one were below `counted_`, the subtraction would wrap around.
      if (at < counted_ || at > block.size()) throw InvalidOrigins{text};
      number_ += count_lines(block.data() + counted_, at - counted_);
      counted_ = at;
      for (size_t k = 0; k < types_.size(); k++) give(lines, i, k, made);
    }
  }

  // As Cells::keep.
  void keep(std::span<const uint64_t> kept, uint32_t rows) { cells_.keep(kept, rows); }

 private:
  void give(const plug_lines &lines, uint32_t row, size_t column, MemorySink *made) {
    plug_cell cell;
    switch (types_[column]) {
      case PLUG_TEXT:
        cell.text = text_of(lines, made);
        break;
      case PLUG_REAL:
        cell.real = static_cast<double>(number_);
        break;
      case PLUG_BOOLEAN:
        if (number_ > 1) return;
        [[fallthrough]];
      default:
        cell.integer = static_cast<int64_t>(number_);
    }
    plug_set_value(&cells_.column(column), row, cell);
  }

  // Makes the text of the number, after what was made of the batch.
  plug_span text_of(const plug_lines &lines, MemorySink *made) const {
    char digits[20];
    const auto end = std::to_chars(digits, digits + sizeof digits, number_).ptr;
    const auto length = static_cast<uint32_t>(end - digits);
    const uint64_t offset = lines.block.len + made->buffer().size();
    if (offset + length > UINT32_MAX || !made->buffer().append(digits, length)) throw std::bad_alloc();
    return {static_cast<uint32_t>(offset), length};
  }

  std::vector<uint32_t> types_;  // of each column
  Cells cells_;
  uint64_t counted_ = 0;  // bytes of the block before the line with the number number_
  uint64_t number_ = 0;
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
  // all. Adds the lines to Content::unfit and Content::skipped. Throws StageFailure, StageCancelled, std::bad_alloc.
  void read(Content &content, const plug_ctx &ctx, const plug_lines &lines, uint32_t text, StageCount *count);
  // Leaves only the rows whose bit is set.
  void narrow(std::span<const uint64_t> kept);

  // The lines that are left. A row is made of each.
  const plug_lines &lines() const { return left_; }
  // The rows that are left, valid until the next call of read() or narrow().
  Rows rows(Content &content) const;

 private:
  void find_lines_of_before(const plug_lines &lines, uint32_t text);
  void leave_out_unfit(Content &content, const plug_lines &lines, StageCount *count);
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
  Selection with_before_;
  uint32_t text_ = 0;
  // The lines that are left. They are the batch itself until a line is left out.
  plug_lines left_{};
  std::vector<plug_span> spans_;
  std::vector<uint64_t> origins_;
};

}  // namespace plughost
