// Splits the lines of a selection into the batches that plugins are called with.
#pragma once

#include <plughost/base.h>

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "engine/lines/content.hpp"
#include "engine/lines/selection.hpp"

namespace plughost {

// The largest number of lines in a batch. Their spans take 8 KiB and stay in the first-level cache.
constexpr uint32_t kBatch = 1024;

// Returns line i of a batch with its newline, or CR LF, if it has one.
inline Range line_range(const plug_lines &lines, uint32_t i, uint32_t text) {
  const plug_span line = lines.spans[i];
  uint64_t end = uint64_t{line.offset} + line.length;
  if (end < lines.block.len) end += lines.block.data[end] == '\r' ? 2 : 1;
  return {line.offset, static_cast<uint32_t>(end), text};
}

// What ends a line: LF, or also CR LF. A carriage return without a newline is always part of the line.
enum class LineEnd { newline, crlf_too };

// Returns line i of a batch as a plugin sees it: without its line end. The batch was split by LineEnd::newline, or by
// the same `line_end`.
inline plug_span line_span(const plug_lines &lines, uint32_t i, LineEnd line_end) {
  plug_span line = lines.spans[i];
  const uint64_t end = uint64_t{line.offset} + line.length;
  if (line_end == LineEnd::crlf_too && line.length > 0 && end < lines.block.len && lines.block.data[end] == '\n' &&
      lines.block.data[end - 1] == '\r')
    line.length--;
  return line;
}

// Returns the text that a batch is part of, as one range.
inline Range whole_text(const plug_lines &lines, uint32_t text) {
  return {0, static_cast<uint32_t>(lines.block.len), text};
}

// Holds the memory of one batch and reuses it. One thread at a time uses an object.
class LineBatches {
 public:
  // `most` is the number of lines in a full batch.
  explicit LineBatches(uint32_t most = kBatch) : most_(most) {}

  // Calls `take(lines, text)` with batches of at most so many lines of one text, in order, until it passed all lines of
  // `in`. `lines` is valid during the call. Several ranges of one text share a batch, because a call for each of many
  // sparse lines would be slow.
  template <typename Take>
  void each(const Content &content, const Selection &in, Take take) {
    each(content, in, LineEnd::newline, take);
  }
  template <typename Take>
  void each(const Content &content, const Selection &in, LineEnd line_end, Take take) {
    spans_.resize(most_);
    uint32_t text = 0;
    uint32_t count = 0;
    const auto flush = [&] {
      if (count == 0) return;
      if (line_end == LineEnd::crlf_too) trim_returns(content.text(text), count);
      take(lines_of(content, {spans_.data(), count}, text), text);
      count = 0;
    };
    for (const Range &range : in.ranges()) {
      if (range.text != text) flush();
      text = range.text;
      size_t from = range.begin;
      while (from < range.end) {
        count += split_lines(content.text(text).data(), &from, range.end, spans_.data() + count, most_ - count);
        if (count == most_) flush();
      }
    }
    flush();
  }

  // Returns a batch whose lines are already split, at most as many as a full batch has. It is valid as long as `spans`,
  // until the next call.
  plug_lines lines_of(const Content &content, std::span<const plug_span> spans, uint32_t text) {
    const auto bytes = content.text(text);
    if (text > 0) {
      origins_.resize(most_);
      content.input_offsets(text, spans, origins_.data());
    }
    return {sizeof(plug_lines),
            static_cast<uint32_t>(spans.size()),
            spans.data(),
            {bytes.data(), bytes.size()},
            content.block.offset,
            content.block.input,
            0,
            text > 0 ? origins_.data() : nullptr,
            nullptr,
            nullptr};
  }

 private:
  void trim_returns(std::span<const uint8_t> bytes, uint32_t count) {
    for (plug_span &line : std::span(spans_.data(), count)) {
      const size_t end = size_t{line.offset} + line.length;
      if (line.length > 0 && bytes[end - 1] == '\r' && end < bytes.size()) line.length--;
    }
  }

  const uint32_t most_;
  // Made when they are first needed.
  std::vector<plug_span> spans_;
  std::vector<uint64_t> origins_;  // plug_lines.origins of the batch
};

}  // namespace plughost
