#include "engine/output/line_printer.hpp"

#include <algorithm>

#include "engine/lines/lines.hpp"

namespace plughost {
namespace {

// Of one block; labels and places can make much of short lines.
constexpr size_t kMaxHeld = 4 << 20;

std::string_view view(const uint8_t *data, size_t from, size_t to) {
  return {reinterpret_cast<const char *>(data) + from, to - from};
}

}  // namespace

LinePrinter::LinePrinter(const PrintSpec &spec, const SpanFinder &finder)
    : spec_(spec),
      finder_(finder),
      marks_kept_(spec.shows_spans() && finder.reports_spans(LineKind::kept)),
      marks_around_(spec.shows_spans() && spec.context() && finder.reports_spans(LineKind::context)) {}

void LinePrinter::print(const Content &content, const Selection &kept, const std::string &name,
                        const LineNumbers &numbers, const ContextLines &around, ByteBuffer *out, Output &output) {
  const Block &block = content.block;
  output_ = &output;
  spilled_ = 0;
  if (input_ != block.input) {
    begin_input(block, name, out);
    input_ = block.input;
    before_ = 0;
    owed_ = 0;
    earlier_.clear();
    shown_from_.reset();
    shown_to_.reset();
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
    if (marks_kept_) finder_.find(lines, text, LineKind::kept, &spans_);
    for (uint32_t i = 0; i < lines.count; i++) {
      if (spec_.numbered() && place != plug_line_offset(&lines, i)) kept_number = before_ + numbers.kept()[next++] + 1;
      place = plug_line_offset(&lines, i);
      const Range range = line_range(lines, i, text);
      const auto line_at = static_cast<size_t>(*place - block.offset);
      if (spec_.context()) {
        at = show_owed(block, around, at, line_at, number, name, out);
        show_before(block, around, at, line_at, kept_number, name, out);
        at = text == 0 ? range.end : next_line(block.data(), line_at, block.size());
      }
      separate(*place, block.offset + at, out);
      put({view(lines.block.data, range.begin, range.end), kept_number, *place, true, spans_.of(i)}, name, out);
      number = kept_number + 1;
      owed_ = spec_.after;
    }
    spill(out);
  });
  if (spec_.context()) {
    at = show_owed(block, around, at, block.size(), number, name, out);
    remember(block, around, at, before_ + numbers.total() + block.cut + 1);
  }
  if (spec_.numbered()) before_ += numbers.total();
  count(content, kept);
}

void LinePrinter::spill(ByteBuffer *out) {
  if (out->size() < kMaxHeld) return;
  spilled_ += out->size();
  output_->put(*out);
  out->clear();
}

// The places in a line of the block around kept ones, valid until the next one is asked for. They are those of the line
// in the input, so there are none in what a transform made of it.
std::span<const plug_span> LinePrinter::context_spans(const Block &block, size_t begin, size_t end,
                                                      std::string_view text) {
  if (!marks_around_ || text != view(block.data(), begin, end)) return {};
  const plug_span span{static_cast<uint32_t>(begin), static_cast<uint32_t>(end - begin - text.ends_with('\n'))};
  const plug_lines lines{sizeof(plug_lines),
                         1,
                         &span,
                         {block.data(), block.size()},
                         block.offset,
                         block.input,
                         0,
                         nullptr,
                         nullptr,
                         nullptr};
  finder_.find(lines, 0, LineKind::context, &context_spans_);
  return context_spans_.of(0);
}

// Before a line of the input that is shown, at `from` up to `to` in the input: says that others are missing.
void LinePrinter::separate(uint64_t from, uint64_t to, ByteBuffer *out) {
  if (!spec_.context()) return;
  // Several lines may be made of one.
  if (any_ && shown_to_ != from && shown_from_ != from) put_gap(out);
  shown_from_ = from;
  shown_to_ = to;
  any_ = true;
  earlier_.clear();
}

// Shows a line around a kept one. Transforms may have made several of it, or none.
void LinePrinter::show(std::string_view text, std::span<const plug_span> spans, uint64_t number, uint64_t from,
                       uint64_t to, const std::string &name, ByteBuffer *out) {
  separate(from, to, out);
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size() - 1) + 1;
    put({text.substr(0, end), number, from, false, spans}, name, out);
    text.remove_prefix(end);
  }
}

void LinePrinter::show_around(const Block &block, const ContextLines &around, size_t begin, size_t end, uint64_t number,
                              const std::string &name, ByteBuffer *out) {
  const std::string_view text = around.text(block, begin, end);
  show(text, context_spans(block, begin, end, text), number, block.offset + begin, block.offset + end, name, out);
}

// Shows lines from `at` on as far as they are owed; returns where they end.
size_t LinePrinter::show_owed(const Block &block, const ContextLines &around, size_t at, size_t end, uint64_t number,
                              const std::string &name, ByteBuffer *out) {
  for (; owed_ > 0 && at < end; owed_--) {
    const size_t behind = next_line(block.data(), at, end);
    show_around(block, around, at, behind, number++, name, out);
    at = behind;
  }
  return at;
}

// Shows the lines before a kept one that were not shown; in the block they begin at `at`.
void LinePrinter::show_before(const Block &block, const ContextLines &around, size_t at, size_t kept_at,
                              uint64_t number, const std::string &name, ByteBuffer *out) {
  size_t from = kept_at;
  uint32_t here = 0;
  for (; here < spec_.before && from > at; here++) from = previous_line(block.data(), from);
  const size_t further = at == 0 ? std::min<size_t>(spec_.before - here, earlier_.size()) : 0;
  const std::deque<Earlier> earlier(earlier_.end() - static_cast<std::ptrdiff_t>(further), earlier_.end());
  number -= here;
  for (const Earlier &line : earlier) show(line.text, line.spans, line.number, line.from, line.to, name, out);
  while (from < kept_at) {
    const size_t behind = next_line(block.data(), from, kept_at);
    show_around(block, around, from, behind, number++, name, out);
    from = behind;
  }
}

// Keeps the last lines from `at` on for the next block; `number` is that of the line behind the block.
void LinePrinter::remember(const Block &block, const ContextLines &around, size_t at, uint64_t number) {
  size_t from = block.size();
  for (uint32_t i = 0; i < spec_.before && from > at; i++, number--) from = previous_line(block.data(), from);
  while (from < block.size()) {
    const size_t behind = next_line(block.data(), from, block.size());
    const std::string_view text = around.text(block, from, behind);
    const auto spans = context_spans(block, from, behind, text);
    earlier_.push_back(
        {std::string(text), number++, block.offset + from, block.offset + behind, {spans.begin(), spans.end()}});
    from = behind;
  }
  while (earlier_.size() > spec_.before) earlier_.pop_front();
}

}  // namespace plughost
