// The lines of a selection, split, some at a time: as plugins get them.
#pragma once

#include <plughost/base.h>

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "engine/lines/content.hpp"
#include "engine/lines/selection.hpp"

namespace plughost {

// Lines that a plugin gets at once: their spans are 8 KiB and stay in the first-level cache.
constexpr uint32_t kBatch = 1024;

// Line i of a batch, with its end if it has one.
inline Range line_range(const plug_lines &lines, uint32_t i, uint32_t text) {
  const plug_span line = lines.spans[i];
  uint64_t end = uint64_t{line.offset} + line.length;
  if (end < lines.block.len) end += lines.block.data[end] == '\r' ? 2 : 1;
  return {line.offset, static_cast<uint32_t>(end), text};
}

// What a line ends with. A carriage return alone is always a part of the line.
enum class LineEnd { newline, crlf_too };

// Line i of a batch as a plugin gets it, by what a line ends with. The batch was split at newlines alone, or by the
// same.
inline plug_span line_span(const plug_lines &lines, uint32_t i, LineEnd line_end) {
  plug_span line = lines.spans[i];
  const uint64_t end = uint64_t{line.offset} + line.length;
  if (line_end == LineEnd::crlf_too && line.length > 0 && end < lines.block.len && lines.block.data[end] == '\n' &&
      lines.block.data[end - 1] == '\r')
    line.length--;
  return line;
}

// The text that a batch lies in.
inline Range whole_text(const plug_lines &lines, uint32_t text) {
  return {0, static_cast<uint32_t>(lines.block.len), text};
}

// Memory for one batch, used again.
class LineBatches {
 public:
  LineBatches() : spans_(kBatch), origins_(kBatch) {}

  // Calls `take(lines, text)` with at most kBatch lines of one text, in order, until all of `in` was taken.
  // Neighbouring ranges share a batch, so that sparse lines do not cost a call each.
  template <typename Take>
  void each(const Content &content, const Selection &in, Take take) {
    each(content, in, LineEnd::newline, take);
  }
  template <typename Take>
  void each(const Content &content, const Selection &in, LineEnd line_end, Take take) {
    uint32_t text = 0;
    uint32_t count = 0;
    const auto flush = [&] {
      if (count == 0) return;
      const auto bytes = content.text(text);
      if (text > 0) content.input_offsets(text, {spans_.data(), count}, origins_.data());
      const Block &block = content.block;
      if (line_end == LineEnd::crlf_too) leave_out_returns(bytes, count);
      take(plug_lines{sizeof(plug_lines),
                      count,
                      spans_.data(),
                      {bytes.data(), bytes.size()},
                      block.offset,
                      block.input,
                      0,
                      text > 0 ? origins_.data() : nullptr,
                      nullptr,
                      nullptr},
           text);
      count = 0;
    };
    for (const Range &range : in.ranges()) {
      if (range.text != text) flush();
      text = range.text;
      size_t from = range.begin;
      while (from < range.end) {
        count += split_lines(content.text(text).data(), &from, range.end, spans_.data() + count, kBatch - count);
        if (count == kBatch) flush();
      }
    }
    flush();
  }

 private:
  void leave_out_returns(std::span<const uint8_t> bytes, uint32_t count) {
    for (plug_span &line : std::span(spans_.data(), count)) {
      const size_t end = size_t{line.offset} + line.length;
      if (line.length > 0 && bytes[end - 1] == '\r' && end < bytes.size()) line.length--;
    }
  }

  std::vector<plug_span> spans_;
  std::vector<uint64_t> origins_;
};

}  // namespace plughost
