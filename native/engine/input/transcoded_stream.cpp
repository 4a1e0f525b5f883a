#include "engine/input/transcoded_stream.hpp"

#include <algorithm>
#include <cstring>
#include <string_view>

namespace plughost {
namespace {

using namespace std::literals;

constexpr size_t kInput = 128 << 10;
constexpr uint32_t kReplacement = 0xfffd;

bool is_high(uint32_t unit) { return unit >= 0xd800 && unit < 0xdc00; }
bool is_low(uint32_t unit) { return unit >= 0xdc00 && unit < 0xe000; }

bool is_character(uint32_t code) { return !is_high(code) && !is_low(code) && code <= 0x10ffff; }

size_t put_utf8(uint32_t character, uint8_t *to) {
  if (character < 0x80) {
    to[0] = static_cast<uint8_t>(character);
    return 1;
  }
  const size_t size = character < 0x800 ? 2 : character < 0x10000 ? 3 : 4;
  for (size_t i = size - 1; i > 0; i--, character >>= 6) to[i] = static_cast<uint8_t>(0x80 | (character & 0x3f));
  constexpr uint8_t kLead[] = {0xc0, 0xe0, 0xf0};
  to[0] = static_cast<uint8_t>(kLead[size - 2] | character);
  return size;
}

// Converts code units that are ASCII, up to the first step with another character. Byte `low` of each unit holds the
// character. Returns how many units were converted. A step is large enough that the compiler uses vectors for it.
template <size_t unit, size_t low>
size_t narrow(const uint8_t *from, size_t units, uint8_t *to) {
  constexpr size_t kStep = 16;
  size_t made = 0;
  for (; made + kStep <= units; made += kStep) {
    const uint8_t *const step = from + made * unit;
    uint8_t other = 0;
    for (size_t i = 0; i < kStep * unit; i++) other |= i % unit == low ? step[i] & 0x80 : step[i];
    if (other != 0) break;
    for (size_t i = 0; i < kStep; i++) to[made + i] = step[i * unit + low];
  }
  return made;
}

}  // namespace

std::optional<Encoding> encoding_of(std::span<const uint8_t> bytes, bool all) {
  struct Mark {
    std::string_view bytes;
    Encoding encoding;
  };
  // UTF-32 comes first: its little-endian mark begins with that of UTF-16.
  constexpr Mark kMarks[] = {
      {"\xff\xfe\0\0"sv, {"UTF-32", 4, false}},
      {"\0\0\xfe\xff"sv, {"UTF-32", 4, true}},
      {"\xff\xfe"sv, {"UTF-16", 2, false}},
      {"\xfe\xff"sv, {"UTF-16", 2, true}},
  };
  const std::string_view first(reinterpret_cast<const char *>(bytes.data()), bytes.size());
  for (const Mark &mark : kMarks) {
    if (first.starts_with(mark.bytes)) return mark.encoding;
    if (!all && mark.bytes.starts_with(first)) return std::nullopt;
  }
  return Encoding{};
}

TranscodedStream::TranscodedStream(std::unique_ptr<ByteStream> stream, Encoding encoding)
    : stream_(std::move(stream)), encoding_(encoding) {
  in_.grow(kInput);
}

ByteStream::Got TranscodedStream::read(uint8_t *to, size_t size, bool wait) {
  for (;;) {
    const size_t left = std::min(size, size_ - given_);
    std::copy_n(character_.data() + given_, left, to);
    given_ += left;
    const size_t made = left + convert(to + left, size - left);
    if (made > 0) return {State::some, made};
    if (ended_) return {State::end};
    if (const auto state = feed(wait)) return {*state};
  }
}

// Reads some input, or notes that no more follows. Returns a state when there is no input yet, or the stream was
// stopped.
std::optional<ByteStream::State> TranscodedStream::feed(bool wait) {
  std::memmove(in_.data(), in_.data() + begin_, end_ - begin_);
  end_ -= begin_;
  begin_ = 0;
  const Got got = stream_->read(in_.data() + end_, in_.size() - end_, wait);
  if (got.state == State::none_yet || got.state == State::stopped) return got.state;
  ended_ = got.state == State::end;
  end_ += got.size;
  return std::nullopt;
}

// Converts as much of the input as fits. Returns how many bytes were written: 0 only when more input or more room is
// needed. The rest of a character that does not fit is kept in character_.
size_t TranscodedStream::convert(uint8_t *to, size_t size) {
  size_t made = 0;
  while (made < size && given_ == size_) {
    made += convert_ascii(to + made, size - made);
    if (made == size) break;
    const bool first = taken_ == 0;
    const auto character = next();
    if (!character) break;
    if (first && *character == 0xfeff) continue;
    size_ = put_utf8(*character, character_.data());
    given_ = std::min(size_, size - made);
    std::copy_n(character_.data(), given_, to + made);
    made += given_;
  }
  return made;
}

// Converts the ASCII at the beginning of the input, which is most of a log.
size_t TranscodedStream::convert_ascii(uint8_t *to, size_t size) {
  const size_t units = std::min(size, (end_ - begin_) / encoding_.unit);
  const uint8_t *const from = in_.data() + begin_;
  size_t made = 0;
  if (encoding_.unit == 2) {
    made = encoding_.big ? narrow<2, 1>(from, units, to) : narrow<2, 0>(from, units, to);
  } else {
    made = encoding_.big ? narrow<4, 3>(from, units, to) : narrow<4, 0>(from, units, to);
  }
  begin_ += made * encoding_.unit;
  taken_ += made * encoding_.unit;
  return made;
}

// Takes the next character. Returns nothing when more input is needed, or none follows.
std::optional<uint32_t> TranscodedStream::next() {
  const size_t unit = encoding_.unit;
  const size_t have = end_ - begin_;
  const auto take = [&](size_t size, uint32_t character) {
    begin_ += size;
    taken_ += size;
    return character;
  };
  if (have == 0 || (have < unit && !ended_)) return std::nullopt;
  if (have < unit) return take(have, kReplacement);
  const uint32_t first = unit_at(begin_);
  if (unit == 4 || !is_high(first)) return take(unit, is_character(first) ? first : kReplacement);
  if (have < 2 * unit && !ended_) return std::nullopt;
  // Half a unit after it is part of the same error.
  if (have < 2 * unit) return take(have, kReplacement);
  const uint32_t second = unit_at(begin_ + unit);
  if (!is_low(second)) return take(unit, kReplacement);
  return take(2 * unit, 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00));
}

uint32_t TranscodedStream::unit_at(size_t at) const {
  uint32_t value = 0;
  for (size_t i = 0; i < encoding_.unit; i++) {
    const size_t shift = 8 * (encoding_.big ? encoding_.unit - 1 - i : i);
    value |= uint32_t{in_.data()[at + i]} << shift;
  }
  return value;
}

}  // namespace plughost
