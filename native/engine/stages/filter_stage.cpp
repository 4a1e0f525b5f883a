#include "engine/stages/filter_stage.hpp"

#include <cstring>
#include <vector>

#include "engine/lines/line_batches.hpp"
#include "engine/plugin/context.hpp"
#include "engine/plugin/crash_report.hpp"
#include "engine/stages/literals.hpp"
#include "os/cpu/float_mode.hpp"

namespace plughost {
namespace {

// A search is only worth starting on a range of several lines; on less, asking for each line costs the same.
constexpr size_t kScanWorth = 4096;

// Whether `span` is exactly one line of `data`.
bool is_line(plug_span span, const uint8_t *data, size_t size) {
  const size_t begin = span.offset;
  const size_t end = begin + span.length;
  return begin < size && end <= size && (begin == 0 || data[begin - 1] == '\n') && (end == size || data[end] == '\n') &&
         !std::memchr(data + begin, '\n', span.length);
}

// A search of whole blocks would see a carriage return at the end of a line as a part of it.
bool has_returns(const Content &content, const Selection &in) {
  return std::any_of(in.ranges().begin(), in.ranges().end(), [&](const Range &range) {
    return std::memchr(content.text(range.text).data() + range.begin, '\r', range.end - range.begin);
  });
}

class FilterWorker : public LineWorker {
 public:
  explicit FilterWorker(const FilterStage &stage)
      : stage_(stage),
        state_(stage.plugin, stage.calls),
        literals_(stage.plugin, stage.calls),
        spans_(kBatch),
        keep_(kBatch / 64) {}

  void apply(Content &content, const plug_ctx &ctx, const Selection &in, Selection *out, StageCount *count) override;
  void find_spans(Content &content, const plug_ctx &ctx, const plug_lines &lines, uint32_t text, LineKind kind,
                  MergedSpans *spans) override;

 private:
  void find_spans_of_line(const Content &content, const plug_ctx &ctx, const plug_lines &lines, plug_span line,
                          uint32_t text);
  Shape shape_for(const Content &content, const Selection &in) const;
  Shape by_line() const { return stage_.calls.match_batch ? Shape::batch : Shape::line; }
  void scan(const Content &content, const plug_ctx &ctx, Range range, Selection *out);
  void ask_batch(const Content &content, const plug_ctx &ctx, const plug_lines &lines, uint32_t text);
  void ask_each(const Content &content, const plug_lines &lines, uint32_t text);
  void ask(const Content &content, const plug_ctx &ctx, const Selection &in, Shape shape, bool invert, Selection *out,
           StageCount *count);
  void take_kept(const plug_lines &lines, uint32_t text, bool invert, Selection *out) const;

  const FilterStage &stage_;
  const WorkerState state_;
  const Literals literals_;
  Selection candidates_;
  Selection kept_;
  LineBatches batches_;
  std::vector<plug_span> spans_;
  std::vector<uint64_t> keep_;
  bool sets_mode_ = false;  // calls for a line leave another floating-point mode behind
  MemorySink told_;         // the spans of a line
  LineSpans found_;
};

Shape FilterWorker::shape_for(const Content &content, const Selection &in) const {
  if (stage_.shape == Shape::scan && stage_.line_end == LineEnd::crlf_too && has_returns(content, in)) return by_line();
  // A single range is the whole block or a large part of it, and may be small because the input is.
  if (stage_.shape != Shape::scan || in.ranges().size() == 1 || in.bytes() >= in.ranges().size() * kScanWorth)
    return stage_.shape;
  return by_line();
}

void FilterWorker::apply(Content &content, const plug_ctx &ctx, const Selection &in, Selection *out,
                         StageCount *count) {
  throw_if_broken(stage_.plugin, "match");
  const PluginCallScope scope(stage_.plugin.label.c_str(), "filter", static_cast<int64_t>(content.block.offset));
  const uint64_t start = now_ns();
  out->clear();
  const Shape shape = shape_for(content, in);
  if (shape == Shape::scan) {
    for (const Range &range : in.ranges()) scan(content, ctx, range, out);
  } else if (literals_.empty()) {
    ask(content, ctx, in, shape, stage_.invert, out, count);
  } else {
    literals_.find_lines(content, in, &candidates_);
    ask(content, ctx, candidates_, shape, false, stage_.invert ? &kept_ : out, count);
    if (stage_.invert) subtract(in, kept_, out);
  }
  count->ns += now_ns() - start;
  count->bytes_in += in.bytes();
}

// Asks for each line; those that are kept, or with `invert` the others, go into *out.
void FilterWorker::ask(const Content &content, const plug_ctx &ctx, const Selection &in, Shape shape, bool invert,
                       Selection *out, StageCount *count) {
  out->clear();
  batches_.each(content, in, stage_.line_end, [&](const plug_lines &lines, uint32_t text) {
    throw_if_cancelled(ctx);
    count->lines_in += lines.count;
    std::fill(keep_.begin(), keep_.end(), 0);
    if (shape == Shape::batch) {
      ask_batch(content, ctx, lines, text);
    } else {
      ask_each(content, lines, text);
    }
    take_kept(lines, text, invert, out);
  });
}

void FilterWorker::scan(const Content &content, const plug_ctx &ctx, Range range, Selection *out) {
  const uint8_t *data = content.text(range.text).data() + range.begin;
  const size_t size = range.end - range.begin;
  const auto broken = [&](const char *rule) { raise_contract(stage_.plugin, "scan", rule, content); };
  // [kept_to, …) is what an inverted filter still has to keep.
  uint32_t kept_to = range.begin;
  uint64_t cursor = 0;
  const FloatMode mode;
  while (cursor < size) {
    throw_if_cancelled(ctx);
    CallError error;
    const uint64_t before = cursor;
    const int64_t found = stage_.calls.scan(stage_.plugin.instance, state_.get(), &ctx, {data, size}, &cursor,
                                            spans_.data(), static_cast<uint32_t>(spans_.size()), error.address());
    mode.restore();
    if (found < 0) error.raise(stage_.plugin, "scan", found, content, range);
    if (static_cast<uint64_t>(found) > spans_.size()) broken("scan returned more spans than there was room for");
    if (cursor <= before || cursor > size) broken("scan moved its cursor backwards, not at all, or out of the block");
    if (cursor < size && data[cursor - 1] != '\n') broken("scan left its cursor inside a line");
    size_t next = before;
    for (int64_t i = 0; i < found; i++) {
      const plug_span span = spans_[static_cast<size_t>(i)];
      if (span.offset < next) broken("scan gave spans that overlap or do not ascend");
      if (!is_line(span, data, size)) broken("scan gave a span that is not exactly one line");
      next = static_cast<size_t>(span.offset) + span.length + 1;
      if (std::min(next, size) > cursor) broken("scan gave a span beyond its cursor");
      const uint32_t begin = range.begin + span.offset;
      const uint32_t end = std::min(range.begin + static_cast<uint32_t>(next), range.end);
      if (stage_.invert) {
        out->add_uncounted({kept_to, begin, range.text});
        kept_to = end;
      } else {
        out->add({begin, end, range.text}, 1);
      }
    }
  }
  if (stage_.invert) out->add_uncounted({kept_to, range.end, range.text});
}

void FilterWorker::ask_batch(const Content &content, const plug_ctx &ctx, const plug_lines &lines, uint32_t text) {
  CallError error;
  const FloatMode mode;
  const int32_t status =
      stage_.calls.match_batch(stage_.plugin.instance, state_.get(), &ctx, &lines, keep_.data(), error.address());
  mode.restore();
  if (status < 0) error.raise(stage_.plugin, "match_batch", status, content, whole_text(lines, text));
  if (status > 0) raise_contract(stage_.plugin, "match_batch", no_such_status(status), content);
}

void FilterWorker::ask_each(const Content &content, const plug_lines &lines, uint32_t text) {
  const FloatMode mode;
  // To look at the mode behind each line costs a cheap plugin half of its time. So it is looked at behind all of them,
  // and when it has changed they are asked once more, where each stands for itself.
  const bool each = sets_mode_ || !(stage_.calls.flags & PLUG_FILTER_LINEWISE);
  for (uint32_t i = 0; i < lines.count; i++) {
    const plug_span line = lines.spans[i];
    const int32_t kept =
        stage_.calls.match(stage_.plugin.instance, state_.get(), lines.block.data + line.offset, line.length);
    if (each) mode.restore();
    if (kept < 0) CallError().raise(stage_.plugin, "match", kept, content, whole_text(lines, text));
    if (kept > 1) raise_contract(stage_.plugin, "match", no_such_answer(kept), content);
    keep_[i / 64] |= static_cast<uint64_t>(kept) << i % 64;
  }
  if (each || !mode.restore()) return;
  sets_mode_ = true;
  std::fill(keep_.begin(), keep_.end(), 0);
  ask_each(content, lines, text);
}

void FilterWorker::take_kept(const plug_lines &lines, uint32_t text, bool invert, Selection *out) const {
  for (uint32_t i = 0; i < lines.count; i++)
    if (static_cast<bool>(keep_[i / 64] >> i % 64 & 1) != invert) out->add(line_range(lines, i, text), 1);
}

void FilterWorker::find_spans(Content &content, const plug_ctx &ctx, const plug_lines &lines, uint32_t text, LineKind,
                              MergedSpans *spans) {
  throw_if_broken(stage_.plugin, "spans");
  const PluginCallScope scope(stage_.plugin.label.c_str(), "spans", static_cast<int64_t>(content.block.offset));
  found_.clear();
  for (uint32_t i = 0; i < lines.count; i++) {
    throw_if_cancelled(ctx);
    find_spans_of_line(content, ctx, lines, line_span(lines, i, stage_.line_end), text);
  }
  spans->add(&found_);
}

// Adds the spans of one line to what was found, once they are known to be possible.
void FilterWorker::find_spans_of_line(const Content &content, const plug_ctx &ctx, const plug_lines &lines,
                                      plug_span line, uint32_t text) {
  const auto broken = [&](const char *rule) { raise_contract(stage_.plugin, "spans", rule, content); };
  const plug_bytes bytes{lines.block.data + line.offset, line.length};
  told_.restart((bytes.len + 1) * sizeof(plug_span));
  CallError error;
  const FloatMode mode;
  const int32_t status =
      stage_.calls.spans(stage_.plugin.instance, state_.get(), &ctx, bytes, told_.address(), error.address());
  mode.restore();
  if (told_.refused()) broken("spans wrote more spans than the line can have");
  if (status < 0) error.raise(stage_.plugin, "spans", status, content, {line.offset, line.offset + line.length, text});
  if (status > 0) broken("spans returned a status that it cannot");
  const auto told = told_.buffer().bytes();
  if (told.size() % sizeof(plug_span) != 0) broken("spans wrote a part of a span");
  SpanOrder order;
  for (size_t at = 0; at < told.size(); at += sizeof(plug_span)) {
    plug_span span;
    std::memcpy(&span, told.data() + at, sizeof span);
    if (!order.fits(span, bytes.len)) broken("spans gave spans that overlap, do not ascend, or leave the line");
    order.take(span);
    found_.add(span);
  }
  found_.end_line();
}

}  // namespace

Shape shape_of(const plug_filter &calls, Shape asked) {
  if (asked == Shape::scan && calls.scan) return asked;
  if (asked == Shape::batch && calls.match_batch) return asked;
  if (asked == Shape::line) return asked;
  if (calls.scan) return Shape::scan;
  return calls.match_batch ? Shape::batch : Shape::line;
}

FilterStage::FilterStage(StagePlugin used, const plug_filter &filter, bool invert, Shape asked, LineEnd line_end)
    : LineStage(std::move(used), shape_of(filter, asked)), calls(filter), invert(invert), line_end(line_end) {}

std::unique_ptr<LineWorker> FilterStage::worker(uint32_t) const { return std::make_unique<FilterWorker>(*this); }

}  // namespace plughost
