#include "engine/input/codecs/member_finder.hpp"

#include <algorithm>

namespace plughost {
namespace {

constexpr size_t kWindow = 128 << 10;
// The bytes of a guess that are tried. Other data rarely decodes for longer than a header.
constexpr size_t kTried = 4 << 10;
// How many guesses are tried in a window. A file may be full of beginnings, and each costs a decoder.
constexpr unsigned kGuesses = 16;
// How many pieces of text a guess is decoded to.
constexpr int kSteps = 64;

}  // namespace

std::optional<uint64_t> MemberFinder::find(uint64_t *offset) {
  const size_t have = fill(*offset);
  const bool last = have < kWindow;
  // A guess needs the bytes that are tried, unless none follow.
  const size_t end = last ? have : have - kTried;
  const std::span<const uint8_t> bytes(window_.data(), have);
  size_t at = 0;
  for (unsigned guess = 0; guess < kGuesses; guess++, at++) {
    at = find_member(format_, bytes, at);
    if (at >= end) break;
    if (decodes(window_.data() + at, std::min(kTried, have - at))) return *offset + at;
  }
  *offset = last ? kNoMore : *offset + end;
  return std::nullopt;
}

// Fills the window with the bytes at `offset`. Returns how many there are.
size_t MemberFinder::fill(uint64_t offset) {
  window_.grow(kWindow);
  size_t have = 0;
  try {
    const auto stream = origin_.from(offset);
    while (have < kWindow) {
      const auto got = stream->read(window_.data() + have, kWindow - have, true);
      if (got.state != ByteStream::State::some) break;
      have += got.size;
    }
  } catch (const StreamFailed &) {
    // The stream that decodes this part reports it.
  }
  return have;
}

// Returns whether the beginning of the bytes decodes without damage: some text, a whole member, or all of them.
bool MemberFinder::decodes(const uint8_t *data, size_t size) const {
  const auto codec = format_.make(kMaxMemberMiB);
  uint8_t text[4 << 10];
  for (int steps = 0; steps < kSteps; steps++) {
    const Codec::Step step = codec->decode({data, size}, text);
    if (step.damage || step.too_large) return false;
    if (step.whole || (step.taken == 0 && step.made == 0)) return true;
    data += step.taken;
    size -= step.taken;
  }
  return true;
}

}  // namespace plughost
