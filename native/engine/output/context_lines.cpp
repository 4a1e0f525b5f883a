#include "engine/output/context_lines.hpp"

#include <algorithm>
#include <new>
#include <utility>

#include "engine/lines/line_numbers.hpp"
#include "engine/lines/lines.hpp"

namespace plughost {
namespace {

// The arenas of a content are others as long as this lives.
class OtherArenas {
 public:
  OtherArenas(Content &content, std::vector<Arena> *arenas) : content_(content), arenas_(arenas) { swap(); }
  ~OtherArenas() { swap(); }
  OtherArenas(const OtherArenas &) = delete;
  OtherArenas &operator=(const OtherArenas &) = delete;

 private:
  void swap() { content_.arenas.swap(*arenas_); }

  Content &content_;
  std::vector<Arena> *const arenas_;
};

}  // namespace

void ContextLines::clear() {
  made_ = false;
  lines_.clear();
  bytes_.shrink(0);
}

void ContextLines::make(Content &content, const Selection &kept, uint32_t before, uint32_t after, bool kept_too,
                        std::vector<Arena> *arenas, const Transform &transform) {
  find(content, kept, before, after, kept_too);
  if (arenas->size() != content.arenas.size()) *arenas = std::vector<Arena>(content.arenas.size());
  const OtherArenas others(content, arenas);
  if (selected_.bytes() > 0) transform(content, &selected_);
  take(content);
  made_ = true;
}

// Selects lines of the block. It is walked through once, however many lines are kept and wanted around them.
void ContextLines::find(const Content &content, const Selection &kept, uint32_t before, uint32_t after, bool kept_too) {
  const Block &block = content.block;
  selected_.clear();
  size_t at = 0;  // lines before it are decided about
  uint32_t owed = after;
  const auto add = [&](size_t from, size_t to) {
    selected_.add_uncounted({static_cast<uint32_t>(from), static_cast<uint32_t>(to)});
  };
  const auto add_owed = [&](size_t end) {
    const size_t from = at;
    for (; owed > 0 && at < end; owed--) at = next_line(block.data(), at, end);
    add(from, at);
  };
  const auto add_before = [&](size_t end) {
    size_t from = end;
    for (uint32_t i = 0; i < before && from > at; i++) from = previous_line(block.data(), from);
    add(from, end);
  };
  batches_.each(content, kept, [&](const plug_lines &lines, uint32_t) {
    for (uint32_t i = 0; i < lines.count; i++) {
      const size_t place = plug_line_offset(&lines, i) - block.offset;
      if (place < at) continue;  // made of the same line as the one before
      add_owed(place);
      add_before(place);
      at = next_line(block.data(), place, block.size());
      if (kept_too) add(place, at);
      owed = after;
    }
  });
  add_owed(block.size());
  add_before(block.size());
}

// Copies what was made, since the memory that it lies in is used again.
void ContextLines::take(const Content &content) {
  const Block &block = content.block;
  batches_.each(content, selected_, [&](const plug_lines &lines, uint32_t text) {
    for (uint32_t i = 0; i < lines.count; i++) {
      const uint64_t place = plug_line_offset(&lines, i) - block.offset;
      if (place >= block.size() || (!lines_.empty() && place < lines_.back().at)) throw InvalidOrigins{text};
      const Range range = line_range(lines, i, text);
      const size_t begin = bytes_.size();
      bytes_.put({reinterpret_cast<const char *>(lines.block.data) + range.begin, range.end - range.begin});
      if (lines_.empty() || lines_.back().at != place) lines_.push_back({static_cast<size_t>(place), begin, begin});
      lines_.back().end = bytes_.size();
    }
  });
}

std::string_view ContextLines::text(const Block &block, size_t at, size_t end) const {
  if (!made_) return {reinterpret_cast<const char *>(block.data()) + at, end - at};
  const auto line = std::lower_bound(lines_.begin(), lines_.end(), at,
                                     [](const Made &made, size_t place) { return made.at < place; });
  if (line == lines_.end() || line->at != at) return {};
  return {reinterpret_cast<const char *>(bytes_.bytes().data()) + line->begin, line->end - line->begin};
}

}  // namespace plughost
