#include "engine/lines/line_numbers.hpp"

#include "engine/lines/lines.hpp"

namespace plughost {

void LineNumbers::find(const Content &content, const Selection &kept, std::vector<NumberedLine> *numbered) {
  find(content, kept);
  numbered->clear();
  size_t next = 0;
  batches_.each(content, kept, [&](const plug_lines &lines, uint32_t) {
    for (uint32_t i = 0; i < lines.count; i++) {
      const auto offset = static_cast<uint32_t>(plug_line_offset(&lines, i) - content.block.offset);
      if (next == 0 || numbered->back().offset != offset) numbered->push_back({offset, kept_[next++]});
    }
  });
}

void LineNumbers::find(const Content &content, const Selection &kept) {
  const Block &block = content.block;
  kept_.clear();
  uint32_t number = 0;
  uint64_t counted = 0;  // bytes of the block whose lines are in `number`
  batches_.each(content, kept, [&](const plug_lines &lines, uint32_t text) {
    for (uint32_t i = 0; i < lines.count; i++) {
      const uint64_t at = plug_line_offset(&lines, i) - block.offset;
      // A transform gave the offsets. If one were below `counted`, the subtraction below would wrap around.
      if (at < counted || at > block.size()) throw InvalidOrigins{text};
      if (at == counted && !kept_.empty()) continue;
      number += static_cast<uint32_t>(count_lines(block.data() + counted, at - counted));
      counted = at;
      kept_.push_back(number);
    }
  });
  total_ = number + count_lines(block.data() + counted, block.size() - counted) - block.cut;
}

}  // namespace plughost
