#include "engine/isolation/validate_answer.hpp"

#include <algorithm>

#include "engine/lines/lines.hpp"

namespace plughost::isolation {
namespace {

constexpr const char *kOutside = "it kept bytes that it was not asked about, or not in their order";
constexpr const char *kTorn = "it kept a part of a line";
constexpr const char *kInvalidOrigins =
    "the origins of what it made are no lines that it was asked about, or not in their order";

// Walks along the lines that were asked about, in their order, as the parts of an answer use them up.
class Walk {
 public:
  Walk(const Content &content, const Selection &in) : content_(content), ranges_(in.ranges()) {}

  // Whether `part` lies in the selection behind all that was used up; it may span several ranges of one text when what
  // stood between them, in another, is no part.
  bool keep(Range part) {
    while (part.begin < part.end) {
      while (at_ < ranges_.size() && (ranges_[at_].text != part.text || ranges_[at_].end <= part.begin)) next_range();
      if (at_ == ranges_.size() || part.begin < from()) return false;
      from_ = part.begin = std::min(part.end, ranges_[at_].end);
    }
    return true;
  }

  // Whether a line that comes from byte `place` of the block stands behind all that was used up. Uses it up.
  bool replace(uint32_t place) {
    for (; at_ < ranges_.size(); next_range()) {
      const Range &range = ranges_[at_];
      if (range.text == 0) {
        if (place >= range.end) continue;
        if (place < from() || !begins_line(place)) return false;
        // No other line begins before the end of this one, so that need not be found.
        from_ = place + 1;
        return true;
      }
      while (from() < range.end) {
        const Content::Replacement replacement = content_.replacement(range.text, from());
        if (replacement.offset > place) return false;
        if (replacement.offset == place) {
          from_ = static_cast<uint32_t>(skip_lines(content_.text(range.text).data(), from(), range.end, 1));
          return true;
        }
        from_ = static_cast<uint32_t>(std::min<size_t>(replacement.end, range.end));
      }
    }
    return false;
  }

 private:
  uint32_t from() const { return std::max(from_, ranges_[at_].begin); }
  void next_range() {
    at_++;
    from_ = 0;
  }
  bool begins_line(uint32_t at) const { return at == 0 || content_.text(0)[at - 1] == '\n'; }

  const Content &content_;
  const std::vector<Range> &ranges_;
  size_t at_ = 0;      // the range in which the next line stands
  uint32_t from_ = 0;  // in its text: what was used up of it
};

bool whole_lines(std::span<const uint8_t> text, const Range &range) {
  return (range.begin == 0 || text[range.begin - 1] == '\n') &&
         (range.end == text.size() || text[range.end - 1] == '\n');
}

const char *broken_place(const Content &content, Walk *walk, const Range &range) {
  if (range.begin >= range.end || range.text > content.arenas.size() || !walk->keep(range)) return kOutside;
  return whole_lines(content.text(range.text), range) ? nullptr : kTorn;
}

}  // namespace

const char *validate_answer(const Content &content, const Selection &in, const std::vector<Range> &ranges) {
  Walk walk(content, in);
  for (const Range &range : ranges)
    if (const char *rule = broken_place(content, &walk, range)) return rule;
  return nullptr;
}

const char *validate_answer(const Content &content, const Selection &in, const std::vector<Range> &ranges,
                            uint32_t made_text, std::span<const uint8_t> made, const std::vector<Origin> &origins) {
  Walk walk(content, in);
  uint32_t next = 0;  // in what it made
  auto origin = origins.begin();
  for (const Range &range : ranges) {
    if (range.text != made_text) {
      if (const char *rule = broken_place(content, &walk, range)) return rule;
      continue;
    }
    if (range.begin != next || range.begin >= range.end || range.end > made.size() || made[range.end - 1] != '\n')
      return "what it made is not whole lines in their order";
    next = range.end;
    if (origin == origins.end() || origin->at != range.begin) return "what it made has no origin";
    for (uint32_t behind = range.begin; origin != origins.end() && origin->at < range.end; ++origin) {
      if (origin->at < behind || (origin->at > 0 && made[origin->at - 1] != '\n') || !walk.replace(origin->offset))
        return kInvalidOrigins;
      behind = origin->at + 1;
    }
  }
  if (next != made.size()) return "it made lines that it did not pass on";
  return origin == origins.end() ? nullptr : kInvalidOrigins;
}

}  // namespace plughost::isolation
