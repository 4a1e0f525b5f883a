#include "labels.hpp"

#include <charconv>
#include <new>

#include "lines.hpp"

namespace plughost {

void LineNumbers::find(const Content &content, const Selection &kept) {
  const Block &block = content.block;
  kept_.clear();
  uint32_t number = 0;
  uint64_t counted = 0;  // bytes of the block in which lines were counted
  batches_.each(content, kept, [&](const plug_lines &lines, uint32_t) {
    for (uint32_t i = 0; i < lines.count; i++) {
      const uint64_t at = plug_line_offset(&lines, i) - block.offset;
      number += static_cast<uint32_t>(count_lines(block.data() + counted, at - counted));
      counted = at;
      kept_.push_back(number);
    }
  });
  total_ = number + count_lines(block.data() + counted, block.size() - counted);
}

void Labeller::write(const Content &content, const Selection &kept, const std::string &name, const LineNumbers &numbers,
                     ByteBuffer *out) {
  if (content.block.input != input_) before_ = 0;
  input_ = content.block.input;
  before_ += content.block.skipped;
  size_t next = 0;
  batches_.each(content, kept, [&](const plug_lines &lines, uint32_t) {
    for (uint32_t i = 0; i < lines.count; i++) {
      const plug_span line = lines.spans[i];
      char digits[24];
      char *end = digits;
      if (spec_.numbers) {
        end = std::to_chars(digits, digits + 20, before_ + numbers.kept()[next++] + 1).ptr;
        *end++ = ':';
      }
      if (!out->reserve(name.size() + 1 + sizeof digits + line.length + 1)) throw std::bad_alloc();
      if (spec_.names) {
        out->append(name.data(), name.size());
        out->append(":", 1);
      }
      out->append(digits, static_cast<size_t>(end - digits));
      out->append(lines.block.data + line.offset, line.length);
      out->append("\n", 1);
    }
  });
  if (spec_.numbers) before_ += numbers.total();
}

}  // namespace plughost
