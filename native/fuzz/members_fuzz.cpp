// Decodes files of several members on several threads and on one, and compares. Input: threads and sizes, how the file
// is made, bytes that are members' texts or stand between them.
#include <algorithm>
#include <array>
#include <memory>

#include "engine/input/codecs/parallel_stream.hpp"
#include "engine/input/peeked_stream.hpp"
#include "fuzz.hpp"

using namespace plughost;
using namespace std::literals;

namespace {

// A file: several threads may read it at the same time.
class Bytes : public ByteStream {
 public:
  Bytes(std::string_view bytes, uint64_t begin) : bytes_(bytes), begin_(begin), at_(begin) {}

  Got read(uint8_t *to, size_t size, bool) override {
    const size_t given = std::min<size_t>(size, bytes_.size() - at_);
    std::copy_n(bytes_.data() + at_, given, to);
    at_ += given;
    return {given > 0 ? State::some : State::end, given};
  }
  uint64_t consumed(uint64_t offset) const override { return begin_ + offset; }
  std::unique_ptr<ByteStream> from(uint64_t offset) const override {
    return std::make_unique<Bytes>(bytes_, std::min<uint64_t>(offset, bytes_.size()));
  }
  bool live() const override { return false; }

 private:
  const std::string_view bytes_;
  const uint64_t begin_;
  uint64_t at_;
};

std::string little(uint32_t value, size_t size) {
  std::string bytes;
  for (size_t i = 0; i < size; i++) bytes += static_cast<char>(value >> (8 * i));
  return bytes;
}

uint32_t crc_of(std::string_view text) {
  uint32_t crc = ~0u;
  for (const char c : text) {
    crc ^= static_cast<uint8_t>(c);
    for (int i = 0; i < 8; i++) crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc;
}

// Both store the text as it is, so it can hold the beginning of another member.
std::string gzip(std::string_view text) {
  const auto size = static_cast<uint32_t>(text.size());
  return "\x1f\x8b\x08\0\0\0\0\0\0\x03\x01"s + little(size, 2) + little(~size, 2) + std::string(text) +
         little(crc_of(text), 4) + little(size, 4);
}
std::string zstd(std::string_view text) {
  const auto size = static_cast<uint32_t>(text.size());
  return "\x28\xb5\x2f\xfd\xa0"s + little(size, 4) + little(size << 3 | 1, 3) + std::string(text);
}
std::string skippable(std::string_view text) {
  return "\x50\x2a\x4d\x18"s + little(static_cast<uint32_t>(text.size()), 4) + std::string(text);
}

struct Outcome {
  std::string text;
  std::string failure;
  uint64_t consumed = 0;
};

constexpr size_t kMaxText = 1 << 20;

Outcome read_all(std::string_view bytes, const Format &format, AheadOptions options, size_t part, uint32_t exchanges) {
  Outcome outcome;
  auto stored = std::make_unique<PeekedStream>(std::make_unique<Bytes>(bytes, 0));
  const auto stream = decode(std::move(stored), format, std::make_shared<const StopSignal>(), options);
  std::string buffer(part, 0);
  try {
    PageBuffer own;
    for (uint32_t turn = 0; outcome.text.size() < kMaxText; turn++) {
      size_t begin = 0;
      if (const size_t given = exchanges & 1u << turn % 8 ? stream->exchange(&own, &begin) : 0) {
        REQUIRE(begin >= ByteStream::kRoom);
        outcome.text.append(reinterpret_cast<const char *>(own.data()) + begin, given);
        continue;
      }
      const auto got = stream->read(reinterpret_cast<uint8_t *>(buffer.data()), part, true);
      if (got.state == ByteStream::State::end) break;
      REQUIRE(got.state == ByteStream::State::some && got.size > 0 && got.size <= part);
      outcome.text.append(buffer, 0, got.size);
    }
  } catch (const StreamFailed &failed) {
    outcome.failure =
        failed.failure.operation + ": " + failed.failure.message + " at " + std::to_string(failed.failure.offset);
  }
  if (outcome.text.size() < kMaxText && outcome.failure.empty()) outcome.consumed = stream->consumed(0);
  outcome.text.resize(std::min(outcome.text.size(), kMaxText));
  return outcome;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  fuzz::Settings settings(data, size);
  AheadOptions options{2 + settings.byte() % 3};
  options.run_size = settings.number(1, 300);
  options.text_size = settings.number(1, 300);
  options.max_texts = settings.number(1, 20);
  const uint32_t part = settings.number(1, 1000);
  const uint32_t exchanges = settings.byte();  // one bit for each of eight turns
  const bool zstandard = settings.byte() % 2;
  const auto member = zstandard ? zstd : gzip;
  struct Part {
    uint32_t kind, size;
  };
  std::array<Part, 12> parts{};
  for (Part &made : parts) made = {settings.byte(), settings.number(0, 300)};
  const uint32_t damage = settings.byte();
  const uint32_t at = settings.number(0, 4000);

  std::string_view rest = settings.rest();
  std::string bytes = member("first\n");
  for (const auto &[kind, length] : parts) {
    const std::string text(rest.substr(0, length));
    rest.remove_prefix(text.size());
    switch (kind % 8) {
      case 0:
        break;
      case 1:
        bytes += text;
        break;
      case 2:
        bytes += std::string(length, 0);
        break;
      case 3:
        bytes += member(member(text) + member(text));
        break;
      case 4:
        bytes += zstandard ? skippable(member(text)) : member("");
        break;
      default:
        bytes += member(text);
    }
  }
  if (damage % 4 == 1) bytes[at % bytes.size()] = static_cast<char>(damage);
  if (damage % 4 == 2) bytes.resize(at % bytes.size());

  const auto format = format_of({reinterpret_cast<const uint8_t *>(bytes.data()), bytes.size()}, true);
  if (!*format || !(*format)->make) return 0;
  const Outcome serial = read_all(bytes, **format, {1}, 1 << 16, 0);
  const Outcome parallel = read_all(bytes, **format, options, part, exchanges);
  REQUIRE(parallel.failure == serial.failure);
  REQUIRE(parallel.text == serial.text);
  REQUIRE(parallel.consumed == serial.consumed);
  return 0;
}
