#include "engine/stages/filter_spans.hpp"

#include <cstring>

#include "engine/plugin/crash_report.hpp"
#include "os/cpu/float_mode.hpp"

namespace plughost {

void FilterSpans::find(const Content &content, const plug_ctx &ctx, const plug_lines &lines, uint32_t text,
                       MergedSpans *spans) {
  throw_if_broken(plugin_, "spans");
  const PluginCallScope scope(plugin_.label.c_str(), "spans", static_cast<int64_t>(content.block.offset));
  found_.clear();
  for (uint32_t i = 0; i < lines.count; i++) {
    throw_if_cancelled(ctx);
    find_in_line(content, ctx, lines, line_span(lines, i, line_end_), text);
  }
  spans->add(&found_);
}

void FilterSpans::find_in_line(const Content &content, const plug_ctx &ctx, const plug_lines &lines, plug_span line,
                               uint32_t text) {
  const auto broken = [&](const char *rule) { raise_contract(plugin_, "spans", rule, content); };
  const plug_bytes bytes{lines.block.data + line.offset, line.length};
  // The most spans that SpanOrder allows in the line.
  sink_.restart((bytes.len + 1) * sizeof(plug_span));
  CallError error;
  const FloatMode mode;
  const int32_t status = calls_.spans(plugin_.instance, state_.get(), &ctx, bytes, sink_.address(), error.address());
  mode.restore();
  if (sink_.refused()) broken("spans wrote more spans than the line can have");
  if (status < 0) error.raise(plugin_, "spans", status, content, {line.offset, line.offset + line.length, text});
  if (status > 0) broken("spans returned a status that it cannot");
  const auto written = sink_.buffer().bytes();
  if (written.size() % sizeof(plug_span) != 0) broken("spans wrote a part of a span");
  SpanOrder order;
  for (size_t at = 0; at < written.size(); at += sizeof(plug_span)) {
    plug_span span;
    std::memcpy(&span, written.data() + at, sizeof span);
    if (!order.fits(span, bytes.len)) broken("spans gave spans that overlap, do not ascend, or leave the line");
    order.take(span);
    found_.add(span);
  }
  found_.end_line();
}

}  // namespace plughost
