// Decodes the same bytes in pieces and as a whole, and compares. Input: the sizes of the pieces that the stream gives
// and of the reads, a beginning, bytes.
#include <array>
#include <memory>
#include <string_view>

#include "engine/input/codecs/decoded_stream.hpp"
#include "engine/input/peeked_stream.hpp"
#include "engine/input/transcoded_stream.hpp"
#include "pieces.hpp"

using namespace plughost;
using namespace std::literals;

namespace {

// The beginning of each format, so that the fuzzer does not need to find it.
constexpr std::array kBeginnings = {
    ""sv,
    "\x1f\x8b\x08\0\0\0\0\0\0\x03"sv,
    "\x28\xb5\x2f\xfd"sv,
    "\x50\x2a\x4d\x18"sv,
    "\xfd"
    "7zXZ\0\0\x04\xe6\xd6\xb4\x46"sv,
    "\x5d\0\0\x80\0"sv,
    "BZh91AY&SY"sv,
    "\xff\xfe"sv,
    "\xfe\xff"sv,
    "\xff\xfe\0\0"sv,
    "\0\0\xfe\xff"sv,
};

struct Outcome {
  std::string text;
  std::string failure;
};

// Reading stops here: the text of a small input may be a million times as long.
constexpr size_t kMaxText = 1 << 20;

Outcome read_all(std::string_view bytes, uint32_t piece, size_t size) {
  const auto stop = std::make_shared<const StopSignal>();
  Outcome outcome;
  auto stream = std::make_unique<PeekedStream>(std::make_unique<fuzz::Pieces>(bytes, piece));
  try {
    if (const Format *format = stream->look(format_of))
      stream = std::make_unique<PeekedStream>(std::make_unique<DecodedStream>(std::move(stream), *format, stop));
    const Encoding encoding = stream->look(encoding_of);
    std::unique_ptr<ByteStream> text = std::move(stream);
    if (encoding.unit > 0) text = std::make_unique<TranscodedStream>(std::move(text), encoding);
    std::string part(size, 0);
    for (bool wait = false; outcome.text.size() < kMaxText; wait = !wait) {
      const auto got = text->read(reinterpret_cast<uint8_t *>(part.data()), part.size(), wait);
      REQUIRE(got.state != ByteStream::State::stopped);
      REQUIRE(got.size <= part.size() && (got.size > 0) == (got.state == ByteStream::State::some));
      REQUIRE(text->consumed(outcome.text.size() + got.size) <= bytes.size());
      if (got.state == ByteStream::State::end) {
        REQUIRE(text->consumed(outcome.text.size()) == bytes.size());
        return outcome;
      }
      REQUIRE(!wait || got.state == ByteStream::State::some);
      outcome.text.append(part, 0, got.size);
    }
  } catch (const StreamFailed &failed) {
    outcome.failure =
        failed.failure.operation + ": " + failed.failure.message + " at " + std::to_string(failed.failure.offset);
  }
  outcome.text.resize(std::min(outcome.text.size(), kMaxText));
  return outcome;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  fuzz::Settings settings(data, size);
  const uint32_t piece = settings.number(1, 9000);
  const uint32_t part = settings.number(1, 9000);
  std::string bytes(kBeginnings[settings.byte() % kBeginnings.size()]);
  bytes += settings.rest();
  const Outcome whole = read_all(bytes, UINT32_MAX, 1 << 16);
  const Outcome parts = read_all(bytes, piece, part);
  REQUIRE(parts.failure == whole.failure);
  // The text before the same failure may have different lengths: zstd gives none of the call that fails, and liblzma
  // may decode beyond the end of a damaged chunk until the call ends.
  REQUIRE(whole.failure.empty() ? parts.text == whole.text
                                : parts.text.starts_with(whole.text) || whole.text.starts_with(parts.text));
  return 0;
}
