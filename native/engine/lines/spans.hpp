// Where in lines filters find what keeps them: the spans that plug_filter.spans tells.
#pragma once

#include <plughost/base.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace plughost {

// What spans of one line may follow each other: they ascend and do not overlap, and one of length 0 touches neither the
// one before it nor the one behind it. So a line has at most one more of them than bytes.
class SpanOrder {
 public:
  // Whether `span` lies in a line of that many bytes and may follow those that were taken.
  bool fits(plug_span span, uint64_t line_size) const {
    return span.offset >= (span.length > 0 ? next_ : next_empty_) && uint64_t{span.offset} + span.length <= line_size;
  }
  void take(plug_span span) {
    const uint64_t end = uint64_t{span.offset} + span.length;
    next_ = span.length > 0 ? end : end + 1;
    next_empty_ = end + 1;
  }

 private:
  uint64_t next_ = 0;        // where a span may begin
  uint64_t next_empty_ = 0;  // where one of length 0 may
};

// The spans of one filter in lines that follow each other.
class LineSpans {
 public:
  void clear() {
    spans_.clear();
    ends_.clear();
  }
  // Adds a span of the line that is next to be ended. Throws std::bad_alloc, as end_line() does.
  void add(plug_span span) { spans_.push_back(span); }
  void end_line() { ends_.push_back(spans_.size()); }

  size_t lines() const { return ends_.size(); }
  std::span<const plug_span> of(size_t line) const {
    const size_t begin = line == 0 ? 0 : ends_[line - 1];
    return std::span(spans_).subspan(begin, ends_[line] - begin);
  }

 private:
  std::vector<plug_span> spans_;
  std::vector<size_t> ends_;  // of each line's spans
};

// The spans of several filters in the lines of a batch, put together.
class MergedSpans {
 public:
  void clear() { found_.clear(); }
  // Adds those of another filter, which tells of the same lines; *found is left with anything. As in an alternation,
  // what begins first counts, then what was added first, and what overlaps that is left out. Throws std::bad_alloc.
  void add(LineSpans *found);
  // Of a line of the batch; none when no filter told anything.
  std::span<const plug_span> of(size_t line) const {
    return found_.lines() == 0 ? std::span<const plug_span>() : found_.of(line);
  }

 private:
  LineSpans found_;
  LineSpans merged_;
};

}  // namespace plughost
