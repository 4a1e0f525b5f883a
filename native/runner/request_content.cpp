#include "runner/request_content.hpp"

#include <algorithm>
#include <new>
#include <vector>

#include "ipc/wire.hpp"

namespace plughost::runner {

using namespace ipc;

void RequestContent::unpack(const Channel &channel, const Request &request, std::span<const uint8_t> payload) {
  Unpacker from(payload);
  std::vector<Range> ranges;
  from.take(request.ranges, &ranges);
  lines_.clear();
  for (const Range &range : ranges) lines_.add_uncounted(range);
  const size_t texts = std::max(request.texts, channel.requests().stage + 1);
  if (content_.arenas.size() != texts) content_.arenas = std::vector<Arena>(texts);
  for (uint32_t i = 0; i < request.texts; i++) {
    content_.arenas[i].restart(UINT32_MAX);
    const auto head = from.take_one<TextHead>();
    const auto bytes = from.take(head.bytes);
    if (!content_.arenas[i].sink.buffer().append(bytes.data(), bytes.size())) throw std::bad_alloc();
    from.take(head.origins, &content_.arenas[i].origins);
  }
  content_.first_number = request.first_number;
  content_.numbered.clear();
  from.take(request.numbered, &content_.numbered);
  const auto name = from.take(request.name_size);
  content_.name = {reinterpret_cast<const char *>(name.data()), name.size()};
  shared_.bytes = request.block_at == kInPayload ? from.take(request.block_size)
                                                 : channel.blocks().subspan(request.block_at, request.block_size);
  content_.block.buffer = PageBuffer(&shared_);
  content_.block.buffer.grow(shared_.bytes.size());
  content_.block.begin = 0;
  content_.block.end = shared_.bytes.size();
  content_.block.offset = request.block_offset;
  content_.block.input = request.block_input;
  extra_ = from.rest();
}

}  // namespace plughost::runner
