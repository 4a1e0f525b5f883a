#include "decoded_stream.hpp"

#include <algorithm>
#include <cstring>

namespace plughost {
namespace {

constexpr size_t kInput = 128 << 10;

}  // namespace

DecodedStream::DecodedStream(std::unique_ptr<ByteStream> stream, Compression compression, std::unique_ptr<Codec> codec,
                             std::shared_ptr<const StopSignal> stop)
    : stream_(std::move(stream)), compression_(compression), codec_(std::move(codec)), stop_(std::move(stop)) {
  in_.grow(kInput);
}

ByteStream::Got DecodedStream::read(uint8_t *to, size_t size, bool wait) {
  for (;;) {
    if (damage_) fail(damage_);
    if (stop_->raised()) return {State::stopped};
    if (place_ == Place::padding) {
      if (const auto state = skip_padding(wait)) return {*state};
      continue;
    }
    if (place_ == Place::between) {
      if (const auto state = begin_member(wait)) return {*state};
      continue;
    }
    // Also without input: what was taken before may have more to give than there was room for.
    const Codec::Step step = codec_->decode({in_.data() + begin_, end_ - begin_}, {to, size});
    take(step.taken);
    damage_ = step.damage;
    if (step.whole) place_ = Place::between;
    if (step.made > 0) return {State::some, step.made};
    if (step.taken > 0 || step.whole || damage_) continue;
    if (const auto state = feed(wait)) {
      if (*state == State::end) fail("it ends too early");
      return {*state};
    }
  }
}

// Reads some input; a state when there is none.
std::optional<ByteStream::State> DecodedStream::feed(bool wait) {
  std::memmove(in_.data(), in_.data() + begin_, end_ - begin_);
  end_ -= begin_;
  begin_ = 0;
  const Got got = stream_->read(in_.data() + end_, in_.size() - end_, wait);
  if (got.state != State::some) return got.state;
  end_ += got.size;
  return std::nullopt;
}

// Behind a member, or before the first: another, padding, or the end.
std::optional<ByteStream::State> DecodedStream::begin_member(bool wait) {
  const bool zero = begin_ < end_ && in_.data()[begin_] == 0;
  const auto found = compression_of({in_.data() + begin_, end_ - begin_});
  if (found == compression_) {
    place_ = Place::inside;
  } else if (zero) {
    place_ = Place::padding;
  } else if (found) {
    fail("what follows its end was left out");
  } else if (const auto state = feed(wait)) {
    if (*state == State::end && begin_ < end_) fail("what follows its end was left out");
    return state;
  }
  return std::nullopt;
}

std::optional<ByteStream::State> DecodedStream::skip_padding(bool wait) {
  while (begin_ < end_ && in_.data()[begin_] == 0) take(1);
  if (begin_ < end_) fail("what follows its end was left out");
  return feed(wait);
}

void DecodedStream::fail(const char *reason) const {
  throw StreamFailed{
      {FailureKind::decode, "", name_of(compression_), 0, reason, static_cast<int64_t>(taken_), false, nullptr}};
}

}  // namespace plughost
