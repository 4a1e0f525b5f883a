#include "engine/lines/line_counter.hpp"

#include <algorithm>
#include <vector>

#include "engine/lines/lines.hpp"
#include "os/file/read.hpp"

namespace plughost {
namespace {

constexpr size_t kPiece = 256 << 10;

}  // namespace

std::optional<uint64_t> LineCounter::number(const Block &block, uint64_t line) {
  begin_input_of(block);
  if (block.file && !count_up_to(block)) return std::nullopt;
  return lines_ + block.skipped + line;
}

void LineCounter::pass(const Block &block) {
  begin_input_of(block);
  if (!block.file) lines_ += block.skipped + count_lines(block.data(), block.size()) - block.cut;
}

void LineCounter::begin_input_of(const Block &block) {
  if (input_ == block.input) return;
  input_ = block.input;
  lines_ = offset_ = 0;
  unreadable_ = false;
}

bool LineCounter::count_up_to(const Block &block) {
  std::vector<uint8_t> bytes(offset_ < block.offset ? kPiece : 0);
  while (offset_ < block.offset && !unreadable_) {
    const size_t size = read_at(block.file->descriptor.get(), block.file->from + offset_, bytes.data(),
                                std::min<uint64_t>(bytes.size(), block.offset - offset_))
                            .size;
    // The file was truncated meanwhile: its earlier lines cannot be counted any more.
    unreadable_ = size == 0;
    if (unreadable_) break;
    lines_ += count_lines(bytes.data(), size) - (bytes[size - 1] != '\n');
    offset_ += size;
  }
  return !unreadable_;
}

}  // namespace plughost
