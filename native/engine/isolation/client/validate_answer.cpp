#include "engine/isolation/client/validate_answer.hpp"

#include <algorithm>

#include "engine/lines/lines.hpp"

namespace plughost::isolation {
namespace {

constexpr const char *kOutside = "it kept bytes that it was not asked about, or not in their order";
constexpr const char *kTorn = "it kept a part of a line";
constexpr const char *kInvalidOrigins =
    "the origins of what it made are no lines that it was asked about, or not in their order";

// A cursor in the lines of a request. Each part of an answer moves it forward, past the lines that the part accounts
// for, so a valid answer uses every line at most once and in order.
class LineCursor {
 public:
  LineCursor(const Content &content, const Selection &in) : content_(content), ranges_(in.ranges()) {}

  // Moves past `part`. Returns false when the part does not lie in the selection after the cursor. It may span several
  // ranges of its text if it holds no byte between them.
  bool keep(Range part) {
    while (part.begin < part.end) {
      while (index_ < ranges_.size() && (ranges_[index_].text != part.text || ranges_[index_].end <= part.begin))
        next_range();
      if (index_ == ranges_.size() || part.begin < position()) return false;
      used_ = part.begin = std::min(part.end, ranges_[index_].end);
    }
    return true;
  }

  // Moves past the line that begins at, or was made of the line at, `offset` in the block. Returns false when no such
  // line follows the cursor.
  bool replace(uint32_t offset) {
    for (; index_ < ranges_.size(); next_range()) {
      const Range &range = ranges_[index_];
      if (range.text == 0) {
        if (offset >= range.end) continue;
        if (offset < position() || !begins_line(offset)) return false;
        // The end of the line need not be found: no other line begins before it.
        used_ = offset + 1;
        return true;
      }
      while (position() < range.end) {
        const Content::Replacement replacement = content_.replacement(range.text, position());
        if (replacement.offset > offset) return false;
        if (replacement.offset == offset) {
          used_ = static_cast<uint32_t>(skip_lines(content_.text(range.text).data(), position(), range.end, 1));
          return true;
        }
        used_ = static_cast<uint32_t>(std::min<size_t>(replacement.end, range.end));
      }
    }
    return false;
  }

 private:
  uint32_t position() const { return std::max(used_, ranges_[index_].begin); }
  void next_range() {
    index_++;
    used_ = 0;
  }
  bool begins_line(uint32_t at) const { return at == 0 || content_.text(0)[at - 1] == '\n'; }

  const Content &content_;
  const std::vector<Range> &ranges_;
  size_t index_ = 0;   // of the range of the next line
  uint32_t used_ = 0;  // offset in the text of that range, before which everything is used up
};

bool has_whole_lines(std::span<const uint8_t> text, const Range &range) {
  return (range.begin == 0 || text[range.begin - 1] == '\n') &&
         (range.end == text.size() || text[range.end - 1] == '\n');
}

const char *validate_kept(const Content &content, LineCursor *cursor, const Range &range) {
  if (range.begin >= range.end || range.text > content.arenas.size() || !cursor->keep(range)) return kOutside;
  return has_whole_lines(content.text(range.text), range) ? nullptr : kTorn;
}

}  // namespace

const char *validate_answer(const Content &content, const Selection &in, const std::vector<Range> &ranges) {
  LineCursor cursor(content, in);
  for (const Range &range : ranges)
    if (const char *rule = validate_kept(content, &cursor, range)) return rule;
  return nullptr;
}

const char *validate_answer(const Content &content, const Selection &in, const std::vector<Range> &ranges,
                            uint32_t made_text, std::span<const uint8_t> made, const std::vector<Origin> &origins) {
  LineCursor cursor(content, in);
  uint32_t made_end = 0;  // of the ranges of `made` that were checked
  auto origin = origins.begin();
  for (const Range &range : ranges) {
    if (range.text != made_text) {
      if (const char *rule = validate_kept(content, &cursor, range)) return rule;
      continue;
    }
    if (range.begin != made_end || range.begin >= range.end || range.end > made.size() || made[range.end - 1] != '\n')
      return "what it made is not whole lines in their order";
    made_end = range.end;
    if (origin == origins.end() || origin->at != range.begin) return "what it made has no origin";
    for (uint32_t least = range.begin; origin != origins.end() && origin->at < range.end; ++origin) {
      if (origin->at < least || (origin->at > 0 && made[origin->at - 1] != '\n') || !cursor.replace(origin->offset))
        return kInvalidOrigins;
      least = origin->at + 1;
    }
  }
  if (made_end != made.size()) return "it made lines that it did not pass on";
  return origin == origins.end() ? nullptr : kInvalidOrigins;
}

}  // namespace plughost::isolation
