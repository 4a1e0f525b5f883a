#include "engine/isolation/client/pack_request.hpp"

#include <algorithm>
#include <cstring>

#include "ipc/wire.hpp"

namespace plughost::isolation {

using namespace ipc;

namespace {

// Returns the origins of the lines of one text. Their offsets are relative to byte `from` of the text.
std::vector<Origin> origins_in(const Content &content, const Selection &in, uint32_t text, uint32_t from) {
  std::vector<Origin> origins;
  for (const Range &range : in.ranges()) {
    if (range.text != text) continue;
    for (size_t at = range.begin; at < range.end;) {
      const Content::Replacement replacement = content.replacement(text, at);
      origins.push_back({static_cast<uint32_t>(at) - from, replacement.offset});
      at = replacement.end;
    }
  }
  return origins;
}

// Writes the lines of one text. Each keeps its offset, relative to byte `from` of the text.
void put_lines(const Content &content, const Selection &in, uint32_t text, uint32_t from, uint64_t size, Packer *to) {
  uint8_t *const room = to->skip(size);
  const uint8_t *const data = content.text(text).data();
  for (const Range &range : in.ranges())
    if (range.text == text) std::memcpy(room + (range.begin - from), data + range.begin, range.end - range.begin);
}

// Returns the numbers of the lines of a selection, as far as they are known.
std::span<const NumberedLine> numbers_of(const Content &content, const Selection &in) {
  if (content.numbered.empty() || in.ranges().empty()) return {};
  const Range &first = in.ranges().front();
  const Range &last = in.ranges().back();
  const auto begin = std::lower_bound(content.numbered.begin(), content.numbered.end(),
                                      content.input_offset(first.text, first.begin) - content.block.offset,
                                      [](const NumberedLine &line, uint64_t offset) { return line.offset < offset; });
  const auto end = std::upper_bound(begin, content.numbered.end(),
                                    content.input_offset(last.text, last.end - 1) - content.block.offset,
                                    [](uint64_t offset, const NumberedLine &line) { return offset < line.offset; });
  return {begin, end};
}

}  // namespace

PackedRequest pack_request(const Content &content, const Selection &in, const TextWindows &windows,
                           const SharedMemory *blocks, RequestExtra *extra,
                           const std::function<std::span<uint8_t>(uint64_t size)> &payload) {
  const Block &block = content.block;
  Request request{};
  request.block_at = kInPayload;
  if (blocks && block.size() > 0 && blocks->holds(block.data()))
    request.block_at = static_cast<uint64_t>(block.data() - blocks->data());
  request.block_offset = block.offset;
  request.block_size = static_cast<uint32_t>(block.size());
  request.block_input = block.input;
  request.ranges = static_cast<uint32_t>(in.ranges().size());
  request.texts = windows.made_texts();

  const auto numbered = numbers_of(content, in);
  request.first_number = content.first_number;
  request.numbered = static_cast<uint32_t>(numbered.size());
  request.name_size = static_cast<uint32_t>(content.name.size());
  const bool shared = request.block_at != kInPayload;
  uint64_t size = aligned(in.ranges().size() * sizeof(Range)) + (shared ? 0 : aligned(block.size())) +
                  aligned(numbered.size_bytes()) + aligned(content.name.size());
  std::vector<std::vector<Origin>> origins(request.texts + 1);
  for (uint32_t text = 1; text <= request.texts; text++) {
    origins[text] = origins_in(content, in, text, windows[text].begin);
    size += aligned(sizeof(TextHead)) + aligned(windows[text].size()) + aligned(origins[text].size() * sizeof(Origin));
  }
  if (extra) size += aligned(extra->size(in));
  Packer to(payload(size + kReadableAfter));
  if (request.texts == 0) {
    to.put(std::span(in.ranges()));
  } else {
    for (const Range &range : in.ranges()) {
      const uint32_t from = range.text > 0 ? windows[range.text].begin : 0;
      to.put_packed(Range{range.begin - from, range.end - from, range.text});
    }
    to.align();
  }
  for (uint32_t text = 1; text <= request.texts; text++) {
    const auto window = windows[text];
    to.put_one(TextHead{window.size(), static_cast<uint32_t>(origins[text].size())});
    put_lines(content, in, text, window.begin, window.size(), &to);
    to.put(std::span<const Origin>(origins[text]));
  }
  to.put(numbered);
  to.put(std::span(content.name.data(), content.name.size()));
  const uint64_t before_block = to.size();
  if (!shared) put_lines(content, in, 0, 0, block.size(), &to);
  if (extra) extra->pack(in, windows, &to);
  request.payload_size = to.size();
  return {request, before_block};
}

}  // namespace plughost::isolation
