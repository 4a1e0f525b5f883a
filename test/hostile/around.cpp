// Searches the memory of a runner for lines that the plugin must not see.
#include <algorithm>
#include <cstdio>
#include <cstring>
#include <string>

#include "forger.hpp"

namespace hostile {
namespace {

using namespace plughost::ipc;

// Every line that the plugin must not see contains this text. It is built at run time, so that the library itself does
// not contain it.
std::string secret() {
  std::string text = "TFDSFU";
  for (char &letter : text) letter--;
  return text;
}

uint64_t count_in(std::span<const uint8_t> memory, const std::string &text) {
  // Reading pages that were never written would allocate them.
  memory = memory.first(std::min<size_t>(memory.size(), 8 << 20));
  uint64_t found = 0;
  for (auto at = memory.begin();; ++at, ++found) {
    at = std::search(at, memory.end(), text.begin(), text.end());
    if (at == memory.end()) return found;
  }
}

}  // namespace

bool look_around(const scene &at) {
  if (std::strcmp(at.attack, "look-around") != 0) return false;
  const std::string text = secret();
  uint64_t found = 0;
  for (uint32_t slot = 0; slot < kSlots; slot++) {
    const Request &request = requests().requests[slot];
    found += count_in(payload(slot), text);
    // After the blocks in use no memory may be readable.
    if (request.sequence > 0 && request.block_at != kInPayload && !blocks().empty())
      found += count_in(blocks().subspan(request.block_at, request.block_size), text);
  }
  std::fprintf(stderr, "%s look-around: found %llu\n", at.held_back ? "held back" : "forged",
               static_cast<unsigned long long>(at.held_back ? 0 : found));
  return true;
}

}  // namespace hostile
