// The spans that filters report by plug_filter.spans: where in a line they match.
#pragma once

#include <plughost/base.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace plughost {

// Checks the order of the spans of one line. They ascend and do not overlap, and a span of length 0 touches no other
// span. So a line of n bytes has at most n + 1 spans.
class SpanOrder {
 public:
  // Returns whether `span` is inside a line of `line_size` bytes and may follow the spans that take() got.
  bool fits(plug_span span, uint64_t line_size) const {
    return span.offset >= (span.length > 0 ? next_ : next_empty_) && uint64_t{span.offset} + span.length <= line_size;
  }
  void take(plug_span span) {
    const uint64_t end = uint64_t{span.offset} + span.length;
    next_ = span.length > 0 ? end : end + 1;
    next_empty_ = end + 1;
  }

 private:
  uint64_t next_ = 0;        // lowest offset of the next span
  uint64_t next_empty_ = 0;  // the same for a span of length 0
};

// The spans of one filter in consecutive lines.
class LineSpans {
 public:
  void clear() {
    spans_.clear();
    ends_.clear();
  }
  // Adds a span to the current line. Throws std::bad_alloc.
  void add(plug_span span) { spans_.push_back(span); }
  // Ends the current line. Throws std::bad_alloc.
  void end_line() { ends_.push_back(spans_.size()); }

  size_t lines() const { return ends_.size(); }
  std::span<const plug_span> of(size_t line) const {
    const size_t begin = line == 0 ? 0 : ends_[line - 1];
    return std::span(spans_).subspan(begin, ends_[line] - begin);
  }

 private:
  std::vector<plug_span> spans_;
  std::vector<size_t> ends_;  // for each line, the index after its last span
};

// The spans of several filters in the lines of a batch, merged.
class MergedSpans {
 public:
  void clear() { found_.clear(); }
  // Merges the spans of another filter in the same lines; *found has unspecified content afterwards. Where spans
  // overlap, the one that begins first stays, as in an alternation; of two that begin together, the one that was added
  // first. Throws std::bad_alloc.
  void add(LineSpans *found);
  // Returns the spans of a line of the batch: none when no filter reported any.
  std::span<const plug_span> of(size_t line) const {
    return found_.lines() == 0 ? std::span<const plug_span>() : found_.of(line);
  }

 private:
  LineSpans found_;
  LineSpans merged_;
};

}  // namespace plughost
