#include "engine/isolation/spans_answer.hpp"

#include <cstring>
#include <new>

namespace plughost::isolation {
namespace {

class Reader {
 public:
  explicit Reader(std::span<const uint8_t> bytes) : bytes_(bytes) {}

  template <typename Value>
  bool take(Value *value) {
    if (bytes_.size() < sizeof *value) return false;
    std::memcpy(value, bytes_.data(), sizeof *value);
    bytes_ = bytes_.subspan(sizeof *value);
    return true;
  }
  bool empty() const { return bytes_.empty(); }

 private:
  std::span<const uint8_t> bytes_;
};

bool take_line(Reader *answer, uint64_t size, LineSpans *found) {
  uint32_t count = 0;
  if (!answer->take(&count)) return false;
  SpanOrder order;
  for (; count > 0; count--) {
    plug_span span;
    if (!answer->take(&span) || !order.fits(span, size)) return false;
    order.take(span);
    found->add(span);
  }
  found->end_line();
  return true;
}

void put(const void *bytes, size_t size, ByteBuffer *to) {
  if (!to->append(bytes, size)) throw std::bad_alloc();
}

}  // namespace

uint64_t max_spans_answer(const Content &content, const Selection &asked) {
  uint64_t lines = 0;
  for (const Range &range : asked.ranges())
    lines += count_lines(content.text(range.text).data() + range.begin, range.end - range.begin);
  // A span may begin at each byte of a line, and at its end.
  return lines * (sizeof(uint32_t) + sizeof(plug_span)) + asked.bytes() * sizeof(plug_span);
}

void put_spans(std::span<const plug_span> spans, ByteBuffer *to) {
  const auto count = static_cast<uint32_t>(spans.size());
  put(&count, sizeof count, to);
  put(spans.data(), spans.size_bytes(), to);
}

const char *take_spans(const Content &content, const Selection &asked, LineEnd line_end,
                       std::span<const uint8_t> answer, LineSpans *found) {
  Reader reader(answer);
  bool possible = true;
  LineBatches().each(content, asked, line_end, [&](const plug_lines &lines, uint32_t) {
    for (uint32_t i = 0; i < lines.count && possible; i++) possible = take_line(&reader, lines.spans[i].length, found);
  });
  return possible && reader.empty() ? nullptr
                                    : "the spans of a line overlap, do not ascend, leave the line, or are not there";
}

}  // namespace plughost::isolation
