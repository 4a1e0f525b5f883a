// Answers that claim more than the request allows, or more than fits in memory.
#include <cstring>

#include "forger.hpp"

namespace hostile {
namespace {

// As many lines of one byte as may be made of a block, all with the line that triggered the attack as origin.
void make_most(Answer &to) {
  const uint64_t size = (uint64_t{32} << 20) + 8 * uint64_t{to.request().block_size};
  if (to.held_back()) return;
  const Range range{0, static_cast<uint32_t>(size), to.made_text()};
  const Origin origin{0, to.place()};
  const bool lines = plughost::ipc::Role::transform == requests().role;
  std::memcpy(to.room().data(), &range, lines ? sizeof range : 0);
  std::memset(to.room().data() + (lines ? 16 : 0), '\n', size);
  std::memcpy(to.room().data() + 16 + (size + 7) / 8 * 8, &origin, sizeof origin);
  to.head().ranges = to.head().origins = lines;
  to.head().bytes = size;
}

const Forgery<Answer &> kForgeries[] = {
    {"bytes-full", [](Answer &to) { to.head().bytes = to.room().size(); }},
    {"ranges-full", [](Answer &to) { to.head().ranges = static_cast<uint32_t>(to.room().size() / sizeof(Range)); }},
    {"origins-full", [](Answer &to) { to.head().origins = static_cast<uint32_t>(to.room().size() / sizeof(Origin)); }},
    {"bytes-over", [](Answer &to) { to.head().bytes = to.room().size() + 1; }},
    {"bytes-enormous", [](Answer &to) { to.head().bytes = UINT64_MAX; }},
    {"bytes-nearly-enormous", [](Answer &to) { to.head().bytes = UINT64_MAX - 7; }},
    {"bytes-4-gib", [](Answer &to) { to.head().bytes = uint64_t{1} << 32; }},
    {"ranges-enormous", [](Answer &to) { to.head().ranges = UINT32_MAX; }},
    {"origins-enormous", [](Answer &to) { to.head().origins = UINT32_MAX; }},
    {"bytes-most", make_most},
};

}  // namespace

bool forge_sizes(const scene &at) {
  for (const auto &forgery : kForgeries) {
    if (std::strcmp(forgery.name, at.attack) != 0) continue;
    Answer answer(at);
    answer.put({});
    if (!at.held_back) forgery.make(answer);
    begin(at);
    answer.publish();
    return true;
  }
  return false;
}

}  // namespace hostile
