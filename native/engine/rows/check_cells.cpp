#include "engine/rows/check_cells.hpp"

#include <cmath>
#include <span>

namespace plughost {
namespace {

// Checks the cells of one column that have a value. Returns the broken rule, or null. `is_text(row, span)` returns
// whether the plugin may give this text to the row. If it may not, `elsewhere` is returned.
template <typename IsText>
const char *broken_rule_of(uint32_t type, const plug_column &column, std::span<const uint64_t> valid,
                           const char *elsewhere, IsText is_text) {
  const char *rule = nullptr;
  switch (type) {
    case PLUG_TEXT:
      each_bit(valid, [&](uint32_t row) {
        if (!is_text(row, column.cells[row].text)) rule = elsewhere;
      });
      break;
    case PLUG_REAL:
      each_bit(valid, [&](uint32_t row) {
        double &real = column.cells[row].real;
        // Both zeros are equal, and bytes would tell them apart.
        if (real == 0) real = 0;
        if (std::isnan(real)) rule = "it gave a number that is none (NaN)";
      });
      break;
    case PLUG_BOOLEAN:
      each_bit(valid, [&](uint32_t row) {
        const int64_t value = column.cells[row].integer;
        if (value != 0 && value != 1) rule = "it gave a boolean that is neither 0 nor 1";
      });
      break;
    default:
      break;
  }
  return rule;
}

}  // namespace

const char *broken_rule_of_rows(const plug_lines &lines, const Schema &wanted, Cells *cells, const Verdicts &verdicts,
                                size_t made) {
  const uint64_t block = lines.block.len;
  const std::span<const uint64_t> fits = verdicts.fits;
  if (has_bits_beyond(fits, lines.count)) return "it says that a line fits which it did not get";
  if (has_bits_beyond(verdicts.skipped, lines.count)) return "it says that it skips a line which it did not get";
  for (size_t word = 0; word < fits.size(); word++)
    if (fits[word] & verdicts.skipped[word]) return "it says that a line fits, and that it skips it";
  for (size_t i = 0; i < wanted.size(); i++) {
    const plug_column &column = cells->column(i);
    const auto valid = cells->valid(i, lines.count);
    if (has_bits_beyond(valid, lines.count)) return "it gave a value to a line that it did not get";
    // A parser may find out late that a line does not fit.
    for (size_t word = 0; word < valid.size(); word++) column.valid[word] &= fits[word];
    const auto is_text = [&](uint32_t row, plug_span text) {
      const plug_span line = lines.spans[row];
      const uint64_t end = uint64_t{text.offset} + text.length;
      if (text.offset >= block) return end - block <= made;
      return text.offset >= line.offset && end <= uint64_t{line.offset} + line.length;
    };
    constexpr const char *kElsewhere = "it gave a text that lies neither in its line nor in what it made";
    if (const char *rule = broken_rule_of(wanted.fields()[i].type, column, valid, kElsewhere, is_text)) return rule;
  }
  return nullptr;
}

const char *broken_rule_of_results(uint32_t count, const Schema &outputs, Cells *cells, size_t made) {
  for (size_t i = 0; i < outputs.size(); i++) {
    const auto valid = cells->valid(i, count);
    if (has_bits_beyond(valid, count)) return "it gave a value to a group that it was not asked about";
    const auto is_text = [&](uint32_t, plug_span text) { return uint64_t{text.offset} + text.length <= made; };
    constexpr const char *kElsewhere = "it gave a text that does not lie in what it made";
    if (const char *rule = broken_rule_of(outputs.fields()[i].type, cells->column(i), valid, kElsewhere, is_text))
      return rule;
  }
  return nullptr;
}

}  // namespace plughost
