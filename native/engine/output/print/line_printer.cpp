#include "engine/output/print/line_printer.hpp"

#include <algorithm>

#include "engine/lines/lines.hpp"

namespace plughost {
namespace {

// Bytes that *out may hold before they go to the output. Labels and spans can make short lines much longer.
constexpr size_t kMaxHeld = 4 << 20;

std::string_view view(const uint8_t *data, size_t from, size_t to) {
  return {reinterpret_cast<const char *>(data) + from, to - from};
}

}  // namespace

LinePrinter::LinePrinter(const PrintSpec &spec, const SpanFinder &finder)
    : spec_(spec),
      finder_(finder),
      marks_kept_(spec.shows_spans() && finder.reports_spans(LineKind::kept)),
      marks_context_(spec.shows_spans() && spec.context() && finder.reports_spans(LineKind::context)) {}

void LinePrinter::print(const Content &content, const Selection &kept, const std::string &name,
                        const LineNumbers &numbers, const ContextLines &context, ByteBuffer *out, Output &output) {
  const Block &block = content.block;
  output_ = &output;
  spilled_ = 0;
  const Current current{block, context, name, out};
  begin_block(current);
  size_t at = 0;                        // byte of the block after the last line that was shown
  uint64_t number = lines_before_ + 1;  // of the line at `at`
  size_t next = 0;
  std::optional<uint64_t> offset;  // of the last kept line; all replacements of a line share its number
  uint64_t kept_number = 0;
  batches_.each(content, kept, [&](const plug_lines &lines, uint32_t text) {
    if (marks_kept_) finder_.find(lines, text, LineKind::kept, &spans_);
    for (uint32_t i = 0; i < lines.count; i++) {
      if (spec_.numbered() && offset != plug_line_offset(&lines, i))
        kept_number = lines_before_ + numbers.kept()[next++] + 1;
      offset = plug_line_offset(&lines, i);
      const Range range = line_range(lines, i, text);
      const auto line_at = static_cast<size_t>(*offset - block.offset);
      if (spec_.context()) {
        at = show_context_after(current, at, line_at, number);
        show_context_before(current, at, line_at, kept_number);
        at = text == 0 ? range.end : next_line(block.data(), line_at, block.size());
      }
      separate(*offset, block.offset + at, out);
      put({view(lines.block.data, range.begin, range.end), kept_number, *offset, true, spans_.of(i)}, name, out);
      number = kept_number + 1;
      context_owed_ = spec_.after;
    }
    spill(out);
  });
  if (spec_.context()) {
    at = show_context_after(current, at, block.size(), number);
    remember(current, at, lines_before_ + numbers.total() + block.cut + 1);
  }
  if (spec_.numbered()) lines_before_ += numbers.total();
  end_block(content, kept);
}

// Resets what was known of the last input or of the lines before skipped ones.
void LinePrinter::begin_block(const Current &current) {
  const Block &block = current.block;
  if (input_ != block.input) {
    begin_input(block, current.name, current.out);
    input_ = block.input;
    lines_before_ = 0;
    context_owed_ = 0;
    earlier_.clear();
    shown_from_.reset();
    shown_to_.reset();
  }
  // The reader skipped over-long lines here: lines before and after them are not adjacent.
  if (block.skipped > 0) {
    context_owed_ = 0;
    earlier_.clear();
  }
  lines_before_ += block.skipped;
}

void LinePrinter::spill(ByteBuffer *out) {
  if (out->size() < kMaxHeld) return;
  spilled_ += out->size();
  output_->put(*out);
  out->clear();
}

// Returns the spans in a line of the block that is shown as a context line, valid until the next call. They belong to
// the line of the input, so there are none when a transform changed it.
std::span<const plug_span> LinePrinter::context_spans(const Block &block, size_t begin, size_t end,
                                                      std::string_view text) {
  if (!marks_context_ || text != view(block.data(), begin, end)) return {};
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

// Called before each line that is shown, with its offsets in the input. Shows a gap if lines are left out before it.
void LinePrinter::separate(uint64_t from, uint64_t to, ByteBuffer *out) {
  if (!spec_.context()) return;
  // Several lines may replace one, and have its offset.
  if (any_shown_ && shown_to_ != from && shown_from_ != from) put_gap(out);
  shown_from_ = from;
  shown_to_ = to;
  any_shown_ = true;
  earlier_.clear();
}

// Shows the text for a context line: after transforms it may be no line, one or several.
void LinePrinter::show(const Current &current, std::string_view text, std::span<const plug_span> spans, uint64_t number,
                       uint64_t from, uint64_t to) {
  separate(from, to, current.out);
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size() - 1) + 1;
    put({text.substr(0, end), number, from, false, spans}, current.name, current.out);
    text.remove_prefix(end);
  }
}

void LinePrinter::show_context(const Current &current, size_t begin, size_t end, uint64_t number) {
  const Block &block = current.block;
  const std::string_view text = current.context.text(block, begin, end);
  show(current, text, context_spans(block, begin, end, text), number, block.offset + begin, block.offset + end);
}

// Shows the context lines after the last kept line that are in [at, end). Returns the offset after them.
size_t LinePrinter::show_context_after(const Current &current, size_t at, size_t end, uint64_t number) {
  for (; context_owed_ > 0 && at < end; context_owed_--) {
    const size_t after = next_line(current.block.data(), at, end);
    show_context(current, at, after, number++);
    at = after;
  }
  return at;
}

// Shows the context lines before the kept line at `kept_at`, but none before `at`, which were shown or are not wanted.
// When `at` is 0 it also shows lines of earlier blocks.
void LinePrinter::show_context_before(const Current &current, size_t at, size_t kept_at, uint64_t number) {
  const Block &block = current.block;
  size_t from = kept_at;
  uint32_t here = 0;
  for (; here < spec_.before && from > at; here++) from = previous_line(block.data(), from);
  const size_t further = at == 0 ? std::min<size_t>(spec_.before - here, earlier_.size()) : 0;
  const std::deque<Earlier> earlier(earlier_.end() - static_cast<std::ptrdiff_t>(further), earlier_.end());
  number -= here;
  for (const Earlier &line : earlier) show(current, line.text, line.spans, line.number, line.from, line.to);
  while (from < kept_at) {
    const size_t after = next_line(block.data(), from, kept_at);
    show_context(current, from, after, number++);
    from = after;
  }
}

// Stores the last lines from `at` on, which may be context lines of the next block. `number` is the number of the first
// line after the block.
void LinePrinter::remember(const Current &current, size_t at, uint64_t number) {
  const Block &block = current.block;
  size_t from = block.size();
  for (uint32_t i = 0; i < spec_.before && from > at; i++, number--) from = previous_line(block.data(), from);
  while (from < block.size()) {
    const size_t after = next_line(block.data(), from, block.size());
    const std::string_view text = current.context.text(block, from, after);
    const auto spans = context_spans(block, from, after, text);
    earlier_.push_back(
        {std::string(text), number++, block.offset + from, block.offset + after, {spans.begin(), spans.end()}});
    from = after;
  }
  while (earlier_.size() > spec_.before) earlier_.pop_front();
}

}  // namespace plughost
