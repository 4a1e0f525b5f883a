#include "checks.hpp"

namespace plughost::isolation {
namespace {

constexpr const char *kOutside = "it kept bytes that it was not asked about, or not in their order";
constexpr const char *kTorn = "it kept a part of a line";

// Walks along the ranges of a selection as parts of it come by, ascending within each text.
class Walk {
 public:
  explicit Walk(const Selection &in) : ranges_(in.ranges()) {}

  // Whether `part` lies in the selection behind all that came before. It may span several ranges of one text when what
  // stood between them, in another, is no part.
  bool pass(Range part) {
    while (part.begin < part.end) {
      while (at_ < ranges_.size() && (ranges_[at_].text != part.text || ranges_[at_].end <= part.begin)) at_++;
      if (at_ == ranges_.size() || part.begin < std::max(ranges_[at_].begin, from_for(part.text))) return false;
      const uint32_t end = std::min(part.end, ranges_[at_].end);
      text_ = part.text;
      from_ = part.begin = end;
    }
    return true;
  }

 private:
  uint32_t from_for(uint32_t text) const { return text == text_ ? from_ : 0; }

  const std::vector<Range> &ranges_;
  size_t at_ = 0;
  uint32_t text_ = 0;
  uint32_t from_ = 0;
};

bool whole_lines(std::span<const uint8_t> text, const Range &range) {
  return (range.begin == 0 || text[range.begin - 1] == '\n') &&
         (range.end == text.size() || text[range.end - 1] == '\n');
}

const char *broken_place(const Content &content, Walk *walk, const Range &range) {
  if (range.begin >= range.end || range.text > content.arenas.size() || !walk->pass(range)) return kOutside;
  return whole_lines(content.text(range.text), range) ? nullptr : kTorn;
}

}  // namespace

const char *broken_rule(const Content &content, const Selection &in, const std::vector<Range> &ranges) {
  Walk walk(in);
  for (const Range &range : ranges)
    if (const char *rule = broken_place(content, &walk, range)) return rule;
  return nullptr;
}

const char *broken_rule(const Content &content, const Selection &in, const std::vector<Range> &ranges,
                        uint32_t made_text, std::span<const uint8_t> made, const std::vector<Origin> &origins) {
  for (size_t i = 0; i < origins.size(); i++) {
    const bool ascends = i == 0 ? origins[i].at == 0 : origins[i].at > origins[i - 1].at;
    if (!ascends || origins[i].at >= made.size() || origins[i].offset >= content.block.size())
      return "the origins of what it made lie nowhere, or do not ascend";
  }
  if (origins.empty() != made.empty()) return "what it made has no origin";
  Walk walk(in);
  uint32_t next = 0;
  for (const Range &range : ranges) {
    if (range.text != made_text) {
      if (const char *rule = broken_place(content, &walk, range)) return rule;
      continue;
    }
    if (range.begin != next || range.begin >= range.end || range.end > made.size() || made[range.end - 1] != '\n')
      return "what it made is not whole lines in their order";
    next = range.end;
  }
  return next == made.size() ? nullptr : "it made lines that it did not pass on";
}

}  // namespace plughost::isolation
