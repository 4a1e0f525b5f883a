#include "filter_stage.hpp"

#include <cstring>

#include "context.hpp"

namespace plughost {
namespace {

// A search is only worth starting on a range of several lines; on less, asking for each line costs the same.
constexpr size_t kScanWorth = 4096;

Shape widest(const plug_filter &calls) {
  if (calls.scan) return Shape::scan;
  return calls.match_batch ? Shape::batch : Shape::line;
}

// Whether `span` is exactly one line of `data`.
bool is_line(plug_span span, const uint8_t *data, size_t size) {
  const size_t begin = span.offset;
  const size_t end = begin + span.length;
  return begin < size && end <= size && (begin == 0 || data[begin - 1] == '\n') && (end == size || data[end] == '\n') &&
         !std::memchr(data + begin, '\n', span.length);
}

}  // namespace

const char *name_of(Shape shape) {
  switch (shape) {
    case Shape::automatic:
      return "auto";
    case Shape::scan:
      return "scan";
    case Shape::batch:
      return "batch";
    case Shape::line:
      return "line";
  }
  return "";
}

FilterStage::FilterStage(StagePlugin used, const plug_filter *filter, bool invert, Shape asked)
    : plugin(std::move(used)), calls(copy_of(filter)), invert(invert), shape(asked) {
  const bool offered = asked == Shape::scan ? calls.scan != nullptr : asked != Shape::batch || calls.match_batch;
  if (asked == Shape::automatic || !offered) shape = widest(calls);
}

FilterWorker::FilterWorker(const FilterStage &stage) : stage_(stage), spans_(kBatch), keep_(kBatch / 64) {
  if (!stage.calls.state_new) return;
  CallError error;
  state_ = stage.calls.state_new(stage.plugin.instance, error.address());
  if (!state_) error.raise(stage.plugin, "state_new", error.address()->code, nullptr);
}

FilterWorker::~FilterWorker() {
  if (state_ && !*stage_.plugin.broken) stage_.calls.state_free(stage_.plugin.instance, state_);
}

Shape FilterWorker::shape_for(const Selection &in) const {
  if (stage_.shape != Shape::scan || in.bytes() >= in.ranges().size() * kScanWorth) return stage_.shape;
  return stage_.calls.match_batch ? Shape::batch : Shape::line;
}

void FilterWorker::apply(const Block &block, const plug_ctx &ctx, Selection &in, Selection *out, StageCount *count) {
  throw_if_broken(stage_.plugin, "match");
  const uint64_t start = now_ns();
  out->clear();
  // A single range is the whole block or a large part of it, and may be small because the input is.
  const Shape shape = in.ranges().size() == 1 ? stage_.shape : shape_for(in);
  for (const Range &range : in.ranges()) {
    if (shape == Shape::scan) {
      scan(block, ctx, range, out);
    } else {
      ask_lines(block, ctx, range, shape, out, count);
    }
  }
  count->ns += now_ns() - start;
  count->bytes_in += in.bytes();
}

void FilterWorker::scan(const Block &block, const plug_ctx &ctx, Range range, Selection *out) {
  const uint8_t *data = block.data() + range.begin;
  const size_t size = range.end - range.begin;
  const auto broken = [&](const char *rule) { raise_contract(stage_.plugin, "scan", rule, &block); };
  // [kept_to, …) is what an inverted filter still has to keep.
  uint32_t kept_to = range.begin;
  uint64_t cursor = 0;
  while (cursor < size) {
    throw_if_cancelled(ctx);
    CallError error;
    const uint64_t before = cursor;
    const int64_t found = stage_.calls.scan(stage_.plugin.instance, state_, &ctx, {data, size}, &cursor, spans_.data(),
                                            static_cast<uint32_t>(spans_.size()), error.address());
    if (found < 0) error.raise(stage_.plugin, "scan", found, &block);
    if (static_cast<uint64_t>(found) > spans_.size()) broken("scan returned more spans than there was room for");
    if (cursor <= before || cursor > size) broken("scan moved its cursor backwards, not at all, or out of the block");
    if (cursor < size && data[cursor - 1] != '\n') broken("scan left its cursor inside a line");
    size_t next = before;
    for (int64_t i = 0; i < found; i++) {
      const plug_span span = spans_[static_cast<size_t>(i)];
      if (span.offset < next) broken("scan gave spans that overlap or do not ascend");
      if (!is_line(span, data, size)) broken("scan gave a span that is not exactly one line");
      next = static_cast<size_t>(span.offset) + span.length + 1;
      if (next > cursor && next - 1 != cursor) broken("scan gave a span beyond its cursor");
      const uint32_t begin = range.begin + span.offset;
      const uint32_t end = std::min(range.begin + static_cast<uint32_t>(next), range.end);
      if (stage_.invert) {
        out->add_uncounted(kept_to, begin);
        kept_to = end;
      } else {
        out->add(begin, end, 1);
      }
    }
  }
  if (stage_.invert) out->add_uncounted(kept_to, range.end);
}

void FilterWorker::ask_lines(const Block &block, const plug_ctx &ctx, Range range, Shape shape, Selection *out,
                             StageCount *count) {
  const char *const operation = shape == Shape::batch ? "match_batch" : "match";
  size_t from = range.begin;
  while (from < range.end) {
    const uint32_t lines = split_lines(block.data(), &from, range.end, spans_.data(), kBatch);
    count->lines_in += lines;
    throw_if_cancelled(ctx);
    std::fill(keep_.begin(), keep_.end(), 0);
    if (shape == Shape::batch) {
      CallError error;
      const plug_lines batch{sizeof(plug_lines), lines, spans_.data(), {block.data(), block.size()}, block.offset,
                             block.input,        0};
      const int32_t status =
          stage_.calls.match_batch(stage_.plugin.instance, state_, &ctx, &batch, keep_.data(), error.address());
      if (status < 0) error.raise(stage_.plugin, operation, status, &block);
      if (status > 0) raise_contract(stage_.plugin, operation, "match_batch returned a status that it cannot", &block);
    } else {
      for (uint32_t i = 0; i < lines; i++) {
        const int32_t kept =
            stage_.calls.match(stage_.plugin.instance, state_, block.data() + spans_[i].offset, spans_[i].length);
        if (kept < 0) {
          CallError error;
          error.raise(stage_.plugin, operation, kept, &block);
        }
        if (kept > 1) raise_contract(stage_.plugin, operation, "match returned neither 0 nor 1", &block);
        keep_[i / 64] |= static_cast<uint64_t>(kept) << i % 64;
      }
    }
    for (uint32_t i = 0; i < lines; i++) {
      if (static_cast<bool>(keep_[i / 64] >> i % 64 & 1) == stage_.invert) continue;
      const uint32_t end = std::min(spans_[i].offset + spans_[i].length + 1, range.end);
      out->add(spans_[i].offset, end, 1);
    }
  }
}

}  // namespace plughost
