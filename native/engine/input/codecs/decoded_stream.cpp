#include "engine/input/codecs/decoded_stream.hpp"

#include <algorithm>
#include <cstring>

namespace plughost {
namespace {

constexpr size_t kCompressedInput = 128 << 10;

}  // namespace

DecodedStream::DecodedStream(std::unique_ptr<ByteStream> stream, const Format &format,
                             std::shared_ptr<const StopSignal> stop, unsigned max_mib)
    : stream_(std::move(stream)),
      format_(format),
      codec_(format.make ? format.make(max_mib) : nullptr),
      stop_(std::move(stop)) {
  if (!codec_) fail("", FailureKind::no_decoder);
  in_.grow(kCompressedInput);
}

ByteStream::Got DecodedStream::read(uint8_t *to, size_t size, bool wait) {
  for (;;) {
    if (last_.too_large) fail("", FailureKind::decoder_memory);
    if (last_.damage) fail(last_.damage);
    if (stop_->raised()) return {State::stopped};
    if (!inside_) {
      if (const auto state = begin_member(wait)) return {*state};
      continue;
    }
    // Also without input: the bytes taken before may give more than there was room for.
    last_ = codec_->decode({in_.data() + begin_, end_ - begin_}, {to, size});
    take(last_.taken);
    inside_ = !last_.whole;
    if (last_.made > 0) return {State::some, last_.made};
    if (last_.taken > 0 || last_.whole || last_.damage || last_.too_large) continue;
    if (const auto state = feed(wait)) {
      if (*state == State::end) fail("it ends too early");
      return {*state};
    }
  }
}

// Reads some input. Returns a state when there is none.
std::optional<ByteStream::State> DecodedStream::feed(bool wait) {
  std::memmove(in_.data(), in_.data() + begin_, end_ - begin_);
  end_ -= begin_;
  begin_ = 0;
  const Got got = stream_->read(in_.data() + end_, in_.size() - end_, wait);
  if (got.state != State::some) return got.state;
  end_ += got.size;
  return std::nullopt;
}

// Looks for the beginning of a member, the first or one after another. Returns a state when there is none.
std::optional<ByteStream::State> DecodedStream::begin_member(bool wait) {
  if (taken_ > 0) {
    while (begin_ < end_ && in_.data()[begin_] == 0) take(1);
  }
  const auto begins = [this](bool all) { return format_of({in_.data() + begin_, end_ - begin_}, all); };
  auto found = begins(false);
  if (!found) {
    const auto state = feed(wait);
    if (!state) return std::nullopt;
    if (*state != State::end || begin_ == end_) return state;
    found = begins(true);
  }
  if (!*found || (*found)->make != format_.make) fail("what follows its end was left out");
  paused_ = taken_ >= pause_;
  if (paused_) return State::end;
  inside_ = true;
  return std::nullopt;
}

void DecodedStream::fail(const char *reason, FailureKind kind) const {
  const auto at = static_cast<int64_t>(stream_->consumed(taken_ - last_.back));
  Failure failure{kind, "", format_.name, 0, reason, at, false, nullptr};
  failure.tool = format_.tool;
  if (kind == FailureKind::no_decoder) failure.message = format_.package;
  throw StreamFailed{std::move(failure)};
}

}  // namespace plughost
