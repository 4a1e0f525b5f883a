#include "engine/rows/reading/row_reader.hpp"

#include <algorithm>
#include <new>

#include "engine/lines/skipped_lines.hpp"
#include "engine/stages/transform_stage.hpp"

namespace plughost {
namespace {

bool has(const std::vector<uint32_t> &indexes, size_t index) {
  return std::find(indexes.begin(), indexes.end(), index) != indexes.end();
}

std::vector<Field> fields_without(const std::vector<uint32_t> &indexes, const Schema &schema) {
  std::vector<Field> fields;
  for (size_t i = 0; i < schema.size(); i++)
    if (!has(indexes, i)) fields.push_back(schema.fields()[i]);
  return fields;
}

}  // namespace

RowReader::RowReader(const Parser &parser, const Schema &schema, const RowReading &how)
    : plugin_(parser.plugin),
      how_(how),
      identity_(parser.identity()),
      ordered_(parser.ordered()),
      parsed_(fields_without(how.numbers, schema)),
      parser_(parser.worker(parsed_)),
      cells_(parsed_.size(), how.batch),
      numbers_(schema, how.numbers, how.batch),
      fits_(words_for(how.batch)),
      skipped_(words_for(how.batch)),
      lost_(words_for(how.batch)),
      before_(words_for(how.batch)) {
  const std::vector<uint32_t> &numbers = how.numbers;
  size_t parsed = 0;
  for (size_t i = 0; i < schema.size(); i++) {
    const auto number = std::find(numbers.begin(), numbers.end(), i);
    const auto at = static_cast<size_t>(number - numbers.begin());
    columns_.push_back(number == numbers.end() ? cells_.column(parsed++) : numbers_.column(at));
  }
}

void RowReader::pad(Content *content) {
  content->block.buffer.grow(content->block.end + kReadableAfter);
  for (Arena &arena : content->arenas)
    if (arena.sink.buffer().size() > 0 && !arena.sink.buffer().reserve(kReadableAfter)) throw std::bad_alloc();
}

const Selection &RowReader::begin(const Content &content, const Selection &in) {
  numbers_.begin(content);
  all_before_.clear();
  next_before_ = 0;
  failed_ = false;
  if (!ordered_ || content.skipped.empty()) return in;
  insert_skipped_lines(content, in, identity_, &with_before_, &all_before_);
  return with_before_;
}

void RowReader::read(Content &content, const plug_ctx &ctx, const plug_lines &lines, uint32_t text, uint64_t most,
                     StageCount *count) {
  cells_.clear();
  made_.restart(output_limit(content.block.size()));
  for (std::vector<uint64_t> *bits : {&fits_, &skipped_, &lost_}) std::fill(bits->begin(), bits->end(), 0);
  text_ = text;
  left_ = lines;
  const size_t words = words_for(lines.count);
  parser_->parse(content, ctx, lines, text, &cells_,
                 {{fits_.data(), words}, {skipped_.data(), words}, {lost_.data(), words}}, &made_);
  find_lines_of_before(lines, text);
  leave_out_unfit(content, lines, most, count);
  numbers_.fill(content, left_, text, &made_);
  watch();
}

// Notes which of the watched columns have a value in a row that is left. Most have one in the first batch.
void RowReader::watch() {
  const std::vector<uint32_t> &columns = how_.watched.columns();
  for (size_t i = 0; i < columns.size(); i++) {
    const uint64_t bit = uint64_t{1} << i;
    if (valued_ & bit) continue;
    const std::span<const uint64_t> valid(columns_[columns[i]].valid, words_for(left_.count));
    if (std::all_of(valid.begin(), valid.end(), [](uint64_t word) { return word == 0; })) continue;
    valued_ |= bit;
    how_.watched.note(bit);
  }
}

Rows RowReader::rows(Content &content) const {
  const auto made = made_.buffer().bytes();
  return {content, left_, text_, columns_.data(), {made.data(), made.size()}};
}

// Finds which lines of the batch an earlier stage skipped, and takes back what the parser said of them.
void RowReader::find_lines_of_before(const plug_lines &lines, uint32_t text) {
  if (all_before_.empty()) return;
  std::fill(before_.begin(), before_.end(), 0);
  for (uint32_t i = 0; i < lines.count && next_before_ < all_before_.size(); i++) {
    const Range &next = all_before_[next_before_];
    const plug_span line = lines.spans[i];
    if (next.text != text || line.offset < next.begin) continue;
    before_[i / 64] |= uint64_t{1} << (i % 64);
    if (line_range(lines, i, text).end == next.end) next_before_++;
  }
  for (std::vector<uint64_t> *bits : {&fits_, &skipped_, &lost_})
    for (size_t word = 0; word < bits->size(); word++) (*bits)[word] &= ~before_[word];
}

// Counts the lines that do not fit and those that are skipped, and leaves both out. If the run ends with the first line
// that does not fit, or has enough rows with a line before it, the lines after that one do not count.
void RowReader::leave_out_unfit(Content &content, const plug_lines &lines, uint64_t most, StageCount *count) {
  const size_t words = words_for(lines.count);
  const std::span<const uint64_t> fits(fits_.data(), words);
  const std::span<const uint64_t> skipped(skipped_.data(), words);
  // The other lines that have no row, and are not among those that do not fit.
  const std::span<uint64_t> lost(lost_.data(), words);
  for (size_t word = 0; word < words; word++) lost[word] |= skipped[word] | (all_before_.empty() ? 0 : before_[word]);
  uint32_t read = lines.count;
  if (most <= lines.count) {
    read = lines_until(lines, most);
    forget_verdicts(read);
  }
  uint32_t unfit = read - count_bits(fits) - count_bits(lost);
  uint32_t first = 0;
  if (unfit > 0) {
    while ((fits[first / 64] | lost[first / 64]) >> (first % 64) & 1) first++;
    const uint64_t offset = plug_line_offset(&lines, first);
    if (how_.unparsed == Unparsed::fail) {
      failed_ = true;
      content.failure = {FailureKind::unparsed, plugin_.label, "parse", 0, "", static_cast<int64_t>(offset)};
      unfit = 1;
      read = first + 1;
      forget_verdicts(read);
    }
    if (count->lines_unfit == 0) count->first_unfit = {content.block.input, offset, 0};
    count->lines_unfit += unfit;
  }
  const uint32_t skips = count_bits(skipped);
  count->lines_skipped += skips;
  if (skips > 0 && ordered_ && content.keeps_skipped)
    each_bit(skipped, [&](uint32_t row) { add_skipped_line(line_range(lines, row, text_), identity_, &content); });
  count->lines_in += read - (all_before_.empty() ? 0 : count_bits({before_.data(), words}));
  if (unfit > 0 && how_.unparsed == Unparsed::drop && content.keeps_unfit)
    for (uint32_t i = first; i < read; i++)
      if (!((fits[i / 64] | lost[i / 64]) >> (i % 64) & 1)) content.unfit.push_back(line_range(lines, i, text_));
  if (unfit == 0 || how_.unparsed != Unparsed::keep) {
    narrow(fits);
    return;
  }
  for (uint64_t &word : lost) word = ~word;
  clear_bits(lost, read);
  narrow(lost);
}

// Returns how many lines there are up to the row with that number, from 1: all, if there are fewer rows.
uint32_t RowReader::lines_until(const plug_lines &lines, uint64_t row) const {
  for (uint32_t i = 0; i < lines.count; i++) {
    const uint64_t word = how_.unparsed == Unparsed::keep ? ~lost_[i / 64] : fits_[i / 64];
    if ((word >> (i % 64) & 1) && --row == 0) return i + 1;
  }
  return lines.count;
}

// Forgets what is known of the lines of the batch from this one on.
void RowReader::forget_verdicts(uint32_t from) {
  for (std::vector<uint64_t> *bits : {&fits_, &skipped_, &lost_, &before_}) clear_bits(*bits, from);
}

void RowReader::narrow(std::span<const uint64_t> kept) {
  const uint32_t count = count_bits(kept);
  if (count == left_.count) return;
  cells_.keep(kept, left_.count);
  numbers_.keep(kept, left_.count);
  // The kept ones are written over those before them, so the lines may be moved within the same memory.
  const bool origins = left_.origins != nullptr;
  spans_.resize(cells_.rows());
  if (origins) origins_.resize(spans_.size());
  uint32_t to = 0;
  each_bit(kept, [&](uint32_t row) {
    spans_[to] = left_.spans[row];
    if (origins) origins_[to] = left_.origins[row];
    to++;
  });
  left_.spans = spans_.data();
  left_.origins = origins ? origins_.data() : nullptr;
  left_.count = count;
}

}  // namespace plughost
