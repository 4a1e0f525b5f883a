#include "engine/stages/filter_stage.hpp"

#include <algorithm>
#include <cstring>
#include <vector>

#include "engine/lines/line_batches.hpp"
#include "engine/plugin/context.hpp"
#include "engine/plugin/crash_report.hpp"
#include "engine/stages/filter_spans.hpp"
#include "engine/stages/literals.hpp"
#include "engine/stages/shape_of.hpp"
#include "engine/stages/stage_of.hpp"
#include "os/cpu/float_mode.hpp"

namespace plughost {
namespace {

// Average bytes of a range from which scan is worth a call. On a shorter range, calls for each line cost the same.
constexpr size_t kMinScan = 4096;

// Returns whether `span` is exactly one line of `data`.
bool is_line(plug_span span, const uint8_t *data, size_t size) {
  const size_t begin = span.offset;
  const size_t end = begin + span.length;
  return begin < size && end <= size && (begin == 0 || data[begin - 1] == '\n') && (end == size || data[end] == '\n') &&
         !std::memchr(data + begin, '\n', span.length);
}

// Returns whether a line of `in` may end with CR LF. scan gets the text as it is, so it would take the carriage return
// for a part of the line.
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
        keep_(kBatch / 64),
        filter_spans_(stage.plugin, stage.calls, state_, stage.line_end) {}

  void apply(Content &content, const plug_ctx &ctx, const Selection &in, Selection *out, StageCount *count) override;
  void find_spans(Content &content, const plug_ctx &ctx, const plug_lines &lines, uint32_t text, LineKind,
                  MergedSpans *spans) override {
    filter_spans_.find(content, ctx, lines, text, spans);
  }

 private:
  Shape shape_for(const Content &content, const Selection &in) const;
  Shape shape_by_line() const { return stage_.calls.match_batch ? Shape::batch : Shape::line; }
  void scan(const Content &content, const plug_ctx &ctx, Range range, Selection *out);
  void match_batch(const Content &content, const plug_ctx &ctx, const plug_lines &lines, uint32_t text);
  void match_each(const Content &content, const plug_lines &lines, uint32_t text);
  void match(const Content &content, const plug_ctx &ctx, const Selection &in, Shape shape, bool invert, Selection *out,
             StageCount *count);
  void add_kept(const plug_lines &lines, uint32_t text, bool invert, Selection *out) const;

  const FilterStage &stage_;
  const WorkerState state_;
  const Literals literals_;
  Selection candidates_;
  Selection kept_;
  LineBatches batches_;
  std::vector<plug_span> spans_;
  std::vector<uint64_t> keep_;
  bool changes_mode_ = false;  // match changes the floating-point mode; see match_each
  FilterSpans filter_spans_;
};

Shape FilterWorker::shape_for(const Content &content, const Selection &in) const {
  if (stage_.shape == Shape::scan && stage_.line_end == LineEnd::crlf_too && has_returns(content, in))
    return shape_by_line();
  // A single range is most of the block. It is only small when the input is, so scan is fine.
  if (stage_.shape != Shape::scan || in.ranges().size() == 1 || in.bytes() >= in.ranges().size() * kMinScan)
    return stage_.shape;
  return shape_by_line();
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
    match(content, ctx, in, shape, stage_.invert, out, count);
  } else {
    literals_.find_lines(content, in, &candidates_);
    match(content, ctx, candidates_, shape, false, stage_.invert ? &kept_ : out, count);
    if (stage_.invert) subtract(in, kept_, out);
  }
  count->ns += now_ns() - start;
  count->bytes_in += in.bytes();
}

// Calls match_batch or match for the lines of `in`. Writes the lines that the filter keeps, or with `invert` those that
// it drops, to *out.
void FilterWorker::match(const Content &content, const plug_ctx &ctx, const Selection &in, Shape shape, bool invert,
                         Selection *out, StageCount *count) {
  out->clear();
  batches_.each(content, in, stage_.line_end, [&](const plug_lines &lines, uint32_t text) {
    throw_if_cancelled(ctx);
    count->lines_in += lines.count;
    std::fill(keep_.begin(), keep_.end(), 0);
    if (shape == Shape::batch) {
      match_batch(content, ctx, lines, text);
    } else {
      match_each(content, lines, text);
    }
    add_kept(lines, text, invert, out);
  });
}

void FilterWorker::scan(const Content &content, const plug_ctx &ctx, Range range, Selection *out) {
  const uint8_t *data = content.text(range.text).data() + range.begin;
  const size_t size = range.end - range.begin;
  const auto broken = [&](const char *rule) { raise_contract(stage_.plugin, "scan", rule, content); };
  // For an inverted filter: it keeps the bytes from here to the next span.
  uint32_t inverted_begin = range.begin;
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
        out->add_uncounted({inverted_begin, begin, range.text});
        inverted_begin = end;
      } else {
        out->add({begin, end, range.text}, 1);
      }
    }
  }
  if (stage_.invert) out->add_uncounted({inverted_begin, range.end, range.text});
}

void FilterWorker::match_batch(const Content &content, const plug_ctx &ctx, const plug_lines &lines, uint32_t text) {
  CallError error;
  const FloatMode mode;
  const int32_t status =
      stage_.calls.match_batch(stage_.plugin.instance, state_.get(), &ctx, &lines, keep_.data(), error.address());
  mode.restore();
  if (status < 0) error.raise(stage_.plugin, "match_batch", status, content, whole_text(lines, text));
  if (status > 0) raise_contract(stage_.plugin, "match_batch", no_such_status(status), content);
}

void FilterWorker::match_each(const Content &content, const plug_lines &lines, uint32_t text) {
  const FloatMode mode;
  // Restoring the floating-point mode after each call would double the time of a cheap filter. So it is restored after
  // the last line. If it had changed, later lines may have been matched in the wrong mode: match all of them again and
  // restore it after each call. A filter that is not LINEWISE must not get a line twice, so it is restored each time.
  const bool restore_each = changes_mode_ || !(stage_.calls.flags & PLUG_FILTER_LINEWISE);
  for (uint32_t i = 0; i < lines.count; i++) {
    const plug_span line = lines.spans[i];
    const int32_t kept =
        stage_.calls.match(stage_.plugin.instance, state_.get(), lines.block.data + line.offset, line.length);
    if (restore_each) mode.restore();
    if (kept < 0) CallError().raise(stage_.plugin, "match", kept, content, whole_text(lines, text));
    if (kept > 1) raise_contract(stage_.plugin, "match", no_such_answer(kept), content);
    keep_[i / 64] |= static_cast<uint64_t>(kept) << i % 64;
  }
  if (restore_each || !mode.restore()) return;
  changes_mode_ = true;
  std::fill(keep_.begin(), keep_.end(), 0);
  match_each(content, lines, text);
}

void FilterWorker::add_kept(const plug_lines &lines, uint32_t text, bool invert, Selection *out) const {
  for (uint32_t i = 0; i < lines.count; i++)
    if (static_cast<bool>(keep_[i / 64] >> i % 64 & 1) != invert) out->add(line_range(lines, i, text), 1);
}

}  // namespace

FilterStage::FilterStage(StagePlugin used, const plug_filter &filter, bool invert, Shape asked, LineEnd line_end)
    : LineStage(std::move(used), shape_of(filter, asked)), calls(filter), invert(invert), line_end(line_end) {}

std::unique_ptr<LineWorker> FilterStage::worker(uint32_t) const { return std::make_unique<FilterWorker>(*this); }

std::unique_ptr<LineStage> stage_of(StagePlugin plugin, const plug_filter &calls, const StageOptions &options) {
  return std::make_unique<FilterStage>(std::move(plugin), calls, options.invert, options.shape, options.line_end);
}

}  // namespace plughost
