#include "line_printer.hpp"

#include <algorithm>
#include <cstring>

namespace plughost {
namespace {

// Of one block; labels can make much of short lines.
constexpr size_t kMostHeld = 4 << 20;

// Where the line that begins at `at` is over, its newline included.
size_t line_end(const uint8_t *data, size_t at, size_t size) {
  const auto *newline = static_cast<const uint8_t *>(std::memchr(data + at, '\n', size - at));
  return newline ? static_cast<size_t>(newline - data) + 1 : size;
}

// Where the line before the one at `at` begins; there must be one.
size_t line_before(const uint8_t *data, size_t at) {
  const auto *newline = at < 2 ? nullptr : static_cast<const uint8_t *>(memrchr(data, '\n', at - 1));
  return newline ? static_cast<size_t>(newline - data) + 1 : 0;
}

std::string_view view(const uint8_t *data, size_t from, size_t to) {
  return {reinterpret_cast<const char *>(data) + from, to - from};
}

}  // namespace

void LinePrinter::print(const Content &content, const Selection &kept, const std::string &name,
                        const LineNumbers &numbers, ByteBuffer *out, Output &output) {
  const Block &block = content.block;
  if (input_ != block.input) {
    begin_input(name, out);
    input_ = block.input;
    before_ = 0;
    owed_ = 0;
    earlier_.clear();
    shown_.reset();
  }
  // Between two lines of which one was left out there is a gap, whatever else they have around them.
  if (block.skipped > 0) {
    owed_ = 0;
    earlier_.clear();
  }
  before_ += block.skipped;

  size_t at = 0;                  // in the block: behind the last line that was shown
  uint64_t number = before_ + 1;  // of the line there
  size_t next = 0;
  std::optional<uint64_t> place;  // of the last line: lines that were made of one have its number
  uint64_t kept_number = 0;
  batches_.each(content, kept, [&](const plug_lines &lines, uint32_t text) {
    for (uint32_t i = 0; i < lines.count; i++) {
      if (spec_.numbered() && place != plug_line_offset(&lines, i)) kept_number = before_ + numbers.kept()[next++] + 1;
      place = plug_line_offset(&lines, i);
      const Range range = range_of(lines, i, text);
      if (spec_.context()) {
        at = show_owed(block, at, range.begin, number, name, out);
        show_before(block, at, range.begin, kept_number, name, out);
      }
      show({view(lines.block.data, range.begin, range.end), kept_number, plug_line_offset(&lines, i), true}, name, out);
      at = range.end;
      number = kept_number + 1;
      owed_ = spec_.after;
    }
    if (out->size() < kMostHeld) return;
    output.put(*out);
    out->clear();
  });
  if (spec_.context()) {
    at = show_owed(block, at, block.size(), number, name, out);
    remember(block, at, before_ + numbers.total() + block.cut + 1);
  }
  if (spec_.numbered()) before_ += numbers.total();
  count(content, kept);
}

void LinePrinter::show(const Line &line, const std::string &name, ByteBuffer *out) {
  if (spec_.context() && any_ && shown_ != line.offset) put_gap(out);
  put(line, name, out);
  shown_ = line.offset + line.bytes.size();
  any_ = true;
  earlier_.clear();
}

// Shows lines from `at` on as far as they are owed; returns where they end.
size_t LinePrinter::show_owed(const Block &block, size_t at, size_t end, uint64_t number, const std::string &name,
                              ByteBuffer *out) {
  for (; owed_ > 0 && at < end; owed_--) {
    const size_t behind = line_end(block.data(), at, end);
    show({view(block.data(), at, behind), number++, block.offset + at, false}, name, out);
    at = behind;
  }
  return at;
}

// Shows the lines before a kept one that were not shown; in the block they begin at `at`.
void LinePrinter::show_before(const Block &block, size_t at, size_t kept_at, uint64_t number, const std::string &name,
                              ByteBuffer *out) {
  size_t from = kept_at;
  uint32_t here = 0;
  for (; here < spec_.before && from > at; here++) from = line_before(block.data(), from);
  const size_t further = at == 0 ? std::min<size_t>(spec_.before - here, earlier_.size()) : 0;
  const std::deque<Earlier> earlier(earlier_.end() - static_cast<std::ptrdiff_t>(further), earlier_.end());
  number -= here;
  for (const Earlier &line : earlier) show({line.bytes, line.number, line.offset, false}, name, out);
  while (from < kept_at) {
    const size_t behind = line_end(block.data(), from, kept_at);
    show({view(block.data(), from, behind), number++, block.offset + from, false}, name, out);
    from = behind;
  }
}

// Keeps the last lines from `at` on for the next block; `number` is that of the line behind the block.
void LinePrinter::remember(const Block &block, size_t at, uint64_t number) {
  size_t from = block.size();
  for (uint32_t i = 0; i < spec_.before && from > at; i++, number--) from = line_before(block.data(), from);
  while (from < block.size()) {
    const size_t behind = line_end(block.data(), from, block.size());
    earlier_.push_back({std::string(view(block.data(), from, behind)), number++, block.offset + from});
    from = behind;
  }
  while (earlier_.size() > spec_.before) earlier_.pop_front();
}

}  // namespace plughost
