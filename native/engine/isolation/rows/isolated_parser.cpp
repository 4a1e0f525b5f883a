#include "engine/isolation/rows/isolated_parser.hpp"

#include <algorithm>
#include <cstring>

#include "engine/isolation/client/runner_client.hpp"
#include "engine/isolation/rows/row_batch_request.hpp"
#include "engine/rows/check_cells.hpp"

namespace plughost::isolation {

using namespace ipc;

namespace {

class IsolatedParserWorker : public ParserWorker {
 public:
  IsolatedParserWorker(RunnerPool &pool, const StagePlugin &plugin, bool linewise, const Schema &wanted)
      : client_(pool, plugin, linewise, "parse"), wanted_(wanted) {
    extra_.begin_names(wanted.get(), &batch_);
  }

  void parse(Content &content, const plug_ctx &ctx, const plug_lines &lines, uint32_t text, Cells *cells,
             Verdicts verdicts, MemorySink *made) override {
    batch_.begin(lines, text);
    lines_ = &lines;
    cells_ = cells;
    to_ = verdicts;
    made_ = made;
    // A line is lost until there is an answer about it.
    std::ranges::fill(to_.lost, ~uint64_t{0});
    if (lines.count % 64 != 0) to_.lost.back() = (uint64_t{1} << (lines.count % 64)) - 1;
    answer_.clear();
    AnswerSink sink;
    sink.role = Role::parser;
    sink.bytes = &answer_;
    sink.limit = fixed_size(lines.count) + made->limit();
    sink.take = [&](const Selection &asked, const Answer &answer) {
      const char *const rule = take(asked, answer);
      if (!rule) answer_.clear();
      return rule;
    };
    // They are rows without values.
    sink.keep = [&](const Selection &kept) {
      for (const uint32_t row : batch_.rows_of(kept)) {
        to_.fits[row / 64] |= uint64_t{1} << (row % 64);
        to_.lost[row / 64] &= ~(uint64_t{1} << (row % 64));
      }
    };
    StageCount none;
    client_.work({Operation::parse, content, ctx, sink, &none, &extra_}, batch_.all());
  }

 private:
  uint64_t fixed_size(uint32_t rows) const {
    return 2 * words_for(rows) * sizeof(uint64_t) + columns_size(wanted_.size(), rows);
  }

  // Checks an answer and copies it to the rows that it is about. Returns null or the broken rule.
  const char *take(const Selection &asked, const Answer &answer) {
    if (!answer.ranges.empty()) return "it says which lines are left, and it was asked to parse them";
    const auto rows = batch_.rows_of(asked);
    const auto count = static_cast<uint32_t>(rows.size());
    if (answer.bytes.size() < fixed_size(count)) return "its answer is shorter than it says";
    const auto text = answer.bytes.subspan(fixed_size(count));
    if (text.size() > made_->limit() - std::min<uint64_t>(made_->buffer().size(), made_->limit()))
      return "it made more of a block than is allowed";
    const uint8_t *from = answer.bytes.data();
    const auto copy = [&](auto *to, size_t items) {
      std::memcpy(to, from, items * sizeof *to);
      from += items * sizeof *to;
    };
    // Most answers are about all rows, and go to their place at once. The rows of a part are checked in a batch of
    // their own.
    const bool whole = count == batch_.rows();
    if (!whole && !part_) part_ = std::make_unique<Cells>(wanted_.size(), cells_->rows());
    Cells &cells = whole ? *cells_ : *part_;
    const size_t words = words_for(count);
    fits_.resize(words);
    skipped_.resize(words);
    copy(fits_.data(), words);
    copy(skipped_.data(), words);
    for (size_t i = 0; i < wanted_.size(); i++) {
      copy(cells.column(i).valid, words);
      copy(cells.column(i).cells, count);
    }
    const char *rule = move_text(asked, count, text.size(), &cells);
    if (!rule) {
      plug_lines about = *lines_;
      about.count = count;
      if (!whole) {
        spans_.clear();
        for (const uint32_t row : rows) spans_.push_back(lines_->spans[row]);
        about.spans = spans_.data();
      }
      rule = broken_rule_of_rows(about, wanted_, &cells, {fits_, skipped_, {}}, made_->buffer().size() + text.size());
    }
    if (!rule && !made_->buffer().append(text.data(), text.size())) throw std::bad_alloc();
    if (rule) {
      if (whole) cells_->clear();
      return rule;
    }
    if (whole) {
      std::ranges::copy(fits_, to_.fits.begin());
      std::ranges::copy(skipped_, to_.skipped.begin());
      std::ranges::fill(to_.lost, 0);
      return nullptr;
    }
    put_part(rows, cells);
    BatchLines::scatter(rows, fits_.data(), to_.fits.data());
    BatchLines::scatter(rows, skipped_.data(), to_.skipped.data());
    for (const uint32_t row : rows) to_.lost[row / 64] &= ~(uint64_t{1} << (row % 64));
    return nullptr;
  }

  // Corrects the offsets of texts: the runner has only the window of a text that a transform made, and answers before
  // this one have made text too.
  const char *move_text(const Selection &asked, uint32_t count, size_t made, Cells *cells) {
    const uint64_t before = made_->buffer().size();
    const bool is_block = batch_.text() == 0;
    if (is_block && before == 0) return nullptr;
    TextWindows windows;
    windows.assign(asked);
    const auto window = windows[batch_.text()];
    const uint64_t block = lines_->block.len;
    const uint64_t runners = is_block ? block : window.size();
    if (block + before + made > UINT32_MAX) return "it made more of a block than is allowed";
    const char *rule = nullptr;
    for (size_t i = 0; i < wanted_.size(); i++) {
      if (wanted_.fields()[i].type != PLUG_TEXT) continue;
      const auto valid = cells->valid(i, count);
      if (has_bits_beyond(valid, count)) return "it gave a value to a line that it did not get";
      each_bit(valid, [&](uint32_t row) {
        uint32_t &offset = cells->column(i).cells[row].text.offset;
        if (offset < runners) {
          offset += is_block ? 0 : window.begin;
        } else if (offset - runners > made) {
          rule = "it gave a text that lies neither in its line nor in what it made";
        } else {
          offset = static_cast<uint32_t>(block + before + (offset - runners));
        }
      });
    }
    return rule;
  }

  void put_part(std::span<const uint32_t> rows, const Cells &part) {
    for (size_t i = 0; i < wanted_.size(); i++) {
      const plug_column &to = cells_->column(i);
      BatchLines::scatter(rows, part.column(i).valid, to.valid);
      for (size_t at = 0; at < rows.size(); at++) to.cells[rows[at]] = part.column(i).cells[at];
    }
  }

  RunnerClient client_;
  const Schema &wanted_;
  PackedRows extra_;
  BatchLines batch_;
  ByteBuffer answer_;
  // Of the call in work:
  const plug_lines *lines_ = nullptr;
  Cells *cells_ = nullptr;
  Verdicts to_;
  MemorySink *made_ = nullptr;
  // Of one answer:
  std::vector<uint64_t> fits_, skipped_;
  std::unique_ptr<Cells> part_;
  std::vector<plug_span> spans_;
};

}  // namespace

IsolatedParser::IsolatedParser(std::shared_ptr<const IsolatedPlugin> plugin, LineEnd line_end, NamedColumns names)
    : Parser({plugin->spec->label, nullptr}),
      identity_(plugin.get()),
      pool_(std::make_unique<RunnerPool>(plugin, StageConfig{.role = Role::parser, .line_end = line_end})),
      flags_(plugin->description.get<plug_parser>().flags),
      names_(std::move(names)) {}

std::unique_ptr<ParserWorker> IsolatedParser::worker(const Schema &wanted) const {
  return std::make_unique<IsolatedParserWorker>(*pool_, plugin, (flags_ & PLUG_PARSER_LINEWISE) != 0, wanted);
}

}  // namespace plughost::isolation
