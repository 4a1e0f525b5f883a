#include "engine/rows/row_reader.hpp"

#include <algorithm>
#include <new>

#include "engine/stages/transform_stage.hpp"

namespace plughost {

RowReader::RowReader(const Parser &parser, const Schema &schema, const RowReading &how)
    : plugin_(parser.plugin),
      how_(how),
      parser_(parser.worker(schema)),
      cells_(schema.size(), how.batch),
      fits_(words_for(how.batch)),
      lost_(words_for(how.batch)) {}

void RowReader::pad(Content *content) {
  content->block.buffer.grow(content->block.end + kReadableAfter);
  for (Arena &arena : content->arenas)
    if (arena.sink.buffer().size() > 0 && !arena.sink.buffer().reserve(kReadableAfter)) throw std::bad_alloc();
}

void RowReader::read(Content &content, const plug_ctx &ctx, const plug_lines &lines, uint32_t text, StageCount *count) {
  cells_.clear();
  made_.restart(output_limit(content.block.size()));
  std::fill(fits_.begin(), fits_.end(), 0);
  std::fill(lost_.begin(), lost_.end(), 0);
  text_ = text;
  left_ = lines;
  const size_t words = words_for(lines.count);
  parser_->parse(content, ctx, lines, text, &cells_, {fits_.data(), words}, {lost_.data(), words}, &made_);
  leave_out_unfit(content, lines, count);
  watch();
}

// Notes which of the watched columns have a value in a row that is left. Most have one in the first batch.
void RowReader::watch() {
  const std::vector<uint32_t> &columns = how_.watched.columns();
  for (size_t i = 0; i < columns.size(); i++) {
    const uint64_t bit = uint64_t{1} << i;
    if (valued_ & bit) continue;
    const auto valid = cells_.valid(columns[i], left_.count);
    if (std::all_of(valid.begin(), valid.end(), [](uint64_t word) { return word == 0; })) continue;
    valued_ |= bit;
    how_.watched.note(bit);
  }
}

Rows RowReader::rows(Content &content) const {
  const auto made = made_.buffer().bytes();
  return {content, left_, text_, cells_.columns(), {made.data(), made.size()}};
}

// Counts the lines that do not fit and leaves them out, or ends the run with the first one.
void RowReader::leave_out_unfit(Content &content, const plug_lines &lines, StageCount *count) {
  const size_t words = words_for(lines.count);
  const std::span<const uint64_t> fits(fits_.data(), words);
  const std::span<uint64_t> lost(lost_.data(), words);
  const uint32_t unfit = lines.count - count_bits(fits) - count_bits(lost);
  if (unfit == 0) {
    narrow(fits);
    return;
  }
  uint32_t first = 0;
  while ((fits[first / 64] | lost[first / 64]) >> (first % 64) & 1) first++;
  const uint64_t offset = plug_line_offset(&lines, first);
  if (count->lines_unfit == 0) count->first_unfit = {content.block.input, offset, 0};
  count->lines_unfit += unfit;
  if (how_.unparsed == Unparsed::fail)
    throw StageFailure{{FailureKind::unparsed, plugin_.label, "parse", 0, "", static_cast<int64_t>(offset)}};
  if (how_.unparsed == Unparsed::drop) {
    if (content.keeps_unfit || how_.passes_headers)
      for (uint32_t i = first; i < lines.count; i++)
        if (!((fits[i / 64] | lost[i / 64]) >> (i % 64) & 1)) content.unfit.push_back(line_range(lines, i, text_));
    narrow(fits);
    return;
  }
  for (uint64_t &word : lost) word = ~word;
  if (lines.count % 64 != 0) lost.back() &= (uint64_t{1} << (lines.count % 64)) - 1;
  narrow(lost);
}

void RowReader::narrow(std::span<const uint64_t> kept) {
  const uint32_t count = count_bits(kept);
  if (count == left_.count) return;
  cells_.keep(kept, left_.count);
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
