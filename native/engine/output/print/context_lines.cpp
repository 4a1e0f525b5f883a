#include "engine/output/print/context_lines.hpp"

#include <algorithm>
#include <new>
#include <utility>

#include "engine/lines/line_numbers.hpp"
#include "engine/lines/lines.hpp"

namespace plughost {
namespace {

// Gives a content other arenas as long as the object lives.
class SwappedArenas {
 public:
  SwappedArenas(Content &content, std::vector<Arena> *arenas) : content_(content), arenas_(arenas) { swap(); }
  ~SwappedArenas() { swap(); }
  SwappedArenas(const SwappedArenas &) = delete;
  SwappedArenas &operator=(const SwappedArenas &) = delete;

 private:
  void swap() { content_.arenas.swap(*arenas_); }

  Content &content_;
  std::vector<Arena> *const arenas_;
};

}  // namespace

void ContextLines::clear() {
  transformed_ = false;
  lines_.clear();
  bytes_.shrink(0);
}

void ContextLines::make(Content &content, const Selection &kept, uint32_t before, uint32_t after, bool kept_too,
                        std::vector<Arena> *arenas, const Transform &transform) {
  select(content, kept, before, after, kept_too);
  if (arenas->size() != content.arenas.size()) *arenas = std::vector<Arena>(content.arenas.size());
  const SwappedArenas swapped(content, arenas);
  if (selected_.bytes() > 0) transform(content, &selected_);
  copy_result(content);
  transformed_ = true;
}

// Selects lines of the block, in one pass over it.
void ContextLines::select(const Content &content, const Selection &kept, uint32_t before, uint32_t after,
                          bool kept_too) {
  const Block &block = content.block;
  selected_.clear();
  size_t at = 0;  // the lines before this byte are decided
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
      const size_t offset = plug_line_offset(&lines, i) - block.offset;
      if (offset < at) continue;  // replaces the same line as the kept line before it
      add_owed(offset);
      add_before(offset);
      at = next_line(block.data(), offset, block.size());
      if (kept_too) add(offset, at);
      owed = after;
    }
  });
  add_owed(block.size());
  add_before(block.size());
}

// Copies the transformed lines, because the arenas are reused.
void ContextLines::copy_result(const Content &content) {
  const Block &block = content.block;
  batches_.each(content, selected_, [&](const plug_lines &lines, uint32_t text) {
    for (uint32_t i = 0; i < lines.count; i++) {
      const uint64_t offset = plug_line_offset(&lines, i) - block.offset;
      if (offset >= block.size() || (!lines_.empty() && offset < lines_.back().at)) throw InvalidOrigins{text};
      const Range range = line_range(lines, i, text);
      const size_t begin = bytes_.size();
      bytes_.put({reinterpret_cast<const char *>(lines.block.data) + range.begin, range.end - range.begin});
      if (lines_.empty() || lines_.back().at != offset) lines_.push_back({static_cast<size_t>(offset), begin, begin});
      lines_.back().end = bytes_.size();
    }
  });
}

std::string_view ContextLines::text(const Block &block, size_t at, size_t end) const {
  if (!transformed_) return {reinterpret_cast<const char *>(block.data()) + at, end - at};
  const auto line = std::lower_bound(lines_.begin(), lines_.end(), at,
                                     [](const Replacement &line, size_t offset) { return line.at < offset; });
  if (line == lines_.end() || line->at != at) return {};
  return {reinterpret_cast<const char *>(bytes_.bytes().data()) + line->begin, line->end - line->begin};
}

}  // namespace plughost
