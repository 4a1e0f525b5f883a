// Reads lines as rows: one batch of parsed lines, in the memory of one worker.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "base/named_enum.hpp"
#include "engine/lines/line_batches.hpp"
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
  Watched &watched;
  bool passes_headers =
      false;  // whether lines that do not fit are added to Content::unfit, also if it does not keep them
};

class RowReader {
 public:
  // Parser, schema and the watched columns must outlive it. Throws StageFailure.
  RowReader(const Parser &parser, const Schema &schema, const RowReading &how);

  // Gives the block and each made text 64 more bytes of memory, because parsers may read that far. Throws
  // std::bad_alloc.
  static void pad(Content *content);

  // Parses lines of `content`, leaves out those that do not fit, counts these, and adds them to Content::unfit. Throws
  // StageFailure, StageCancelled, std::bad_alloc.
  void read(Content &content, const plug_ctx &ctx, const plug_lines &lines, uint32_t text, StageCount *count);
  // Leaves only the rows whose bit is set.
  void narrow(std::span<const uint64_t> kept);

  // The lines that are left. A row is made of each.
  const plug_lines &lines() const { return left_; }
  // The rows that are left, valid until the next call of read() or narrow().
  Rows rows(Content &content) const;

 private:
  void leave_out_unfit(Content &content, const plug_lines &lines, StageCount *count);
  void watch();

  const StagePlugin &plugin_;
  const RowReading how_;
  uint64_t valued_ = 0;  // bits that were noted
  const std::unique_ptr<ParserWorker> parser_;
  Cells cells_;
  MemorySink made_;
  std::vector<uint64_t> fits_;
  std::vector<uint64_t> lost_;
  uint32_t text_ = 0;
  // The lines that are left. They are the batch itself until a line is left out.
  plug_lines left_{};
  std::vector<plug_span> spans_;
  std::vector<uint64_t> origins_;
};

}  // namespace plughost
