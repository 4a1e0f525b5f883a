#include "engine/lines/skipped_lines.hpp"

#include <algorithm>
#include <tuple>

#include "engine/lines/lines.hpp"

namespace plughost {
namespace {

struct Placed {
  uint64_t offset;  // in the input
  Range lines;
};

std::vector<Placed> lines_skipped_by(const void *parser, const Content &content) {
  std::vector<Placed> placed;
  for (const SkippedLines &skipped : content.skipped)
    if (skipped.parser == parser)
      placed.push_back({content.input_offset(skipped.lines.text, skipped.lines.begin), skipped.lines});
  std::sort(placed.begin(), placed.end(), [](const Placed &a, const Placed &b) {
    return std::tie(a.offset, a.lines.text, a.lines.begin) < std::tie(b.offset, b.lines.text, b.lines.begin);
  });
  return placed;
}

// Returns the byte of a range before which lines of another text belong.
uint32_t place_in(const Content &content, const Range &range, const Placed &lines) {
  const uint64_t origin = lines.offset - content.block.offset;
  size_t at = range.end;
  if (range.text == 0) {
    if (origin < range.begin) return range.begin;
    if (origin < range.end) at = next_line(content.block.data(), origin, range.end);
  } else {
    const auto &origins = content.arenas[range.text - 1].origins;
    const auto next = std::upper_bound(origins.begin(), origins.end(), origin,
                                       [](uint64_t offset, const Origin &one) { return offset < one.offset; });
    if (next != origins.end()) at = next->at;
  }
  return static_cast<uint32_t>(std::clamp<size_t>(at, range.begin, range.end));
}

}  // namespace

void add_skipped_line(Range line, const void *parser, Content *content) {
  if (!content->skipped.empty()) {
    SkippedLines &last = content->skipped.back();
    if (last.parser == parser && last.lines.text == line.text && last.lines.end == line.begin) {
      last.lines.end = line.end;
      return;
    }
  }
  content->skipped.push_back({line, parser});
}

void insert_skipped_lines(const Content &content, const Selection &in, const void *parser, Selection *out,
                          std::vector<Range> *added) {
  const std::vector<Placed> skipped = lines_skipped_by(parser, content);
  out->clear();
  added->clear();
  const auto add = [&](Range lines) {
    // Two stages may have skipped the same line.
    if (!added->empty() && added->back().text == lines.text) lines.begin = std::max(lines.begin, added->back().end);
    if (lines.begin >= lines.end) return;
    out->add_uncounted(lines);
    added->push_back(lines);
  };
  auto next = skipped.begin();
  uint32_t done = 0;  // bytes of *next that were added, or are in `in`, from the begin of its text
  const auto left = [&] { return Range{std::max(next->lines.begin, done), next->lines.end, next->lines.text}; };
  const auto pass = [&] {
    ++next;
    done = 0;
  };
  for (Range range : in.ranges()) {
    while (next != skipped.end()) {
      const Range lines = left();
      if (lines.text != range.text) {
        const uint32_t at = place_in(content, range, *next);
        if (at == range.end) break;
        out->add_uncounted({range.begin, at, range.text});
        range.begin = at;
        add(lines);
        pass();
        continue;
      }
      if (lines.begin >= range.end) break;
      if (lines.begin < range.begin) add({lines.begin, std::min(lines.end, range.begin), lines.text});
      done = range.end;
      if (lines.end > range.end) break;
      pass();
    }
    out->add_uncounted(range);
  }
  for (; next != skipped.end(); pass())
    if (left().begin < left().end) add(left());
}

}  // namespace plughost
