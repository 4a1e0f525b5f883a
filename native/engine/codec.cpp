#include "codec.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "codecs.hpp"

namespace plughost {
namespace {

using namespace std::literals;

constexpr auto kGzip = "\x1f\x8b"sv;
constexpr auto kZstd = "\x28\xb5\x2f\xfd"sv;
// Skippable frames, which some programs write before the first one; the lowest four bits of the first byte are free.
constexpr auto kSkippable = "\x50\x2a\x4d\x18"sv;

enum class Fit { no, so_far, whole };

Fit fit(std::string_view magic, std::string_view first, uint8_t mask = 0xff) {
  for (size_t i = 0; i < std::min(magic.size(), first.size()); i++) {
    if ((static_cast<uint8_t>(first[i]) & (i == 0 ? mask : 0xff)) != static_cast<uint8_t>(magic[i])) return Fit::no;
  }
  return first.size() >= magic.size() ? Fit::whole : Fit::so_far;
}

}  // namespace

const char *name_of(Compression compression) {
  switch (compression) {
    case Compression::none:
      return "";
    case Compression::gzip:
      return "gzip";
    case Compression::zstd:
      return "zstd";
  }
  return "";
}

std::optional<Compression> compression_of(std::span<const uint8_t> bytes) {
  const std::string_view first(reinterpret_cast<const char *>(bytes.data()), bytes.size());
  const Fit gzip = fit(kGzip, first);
  if (gzip == Fit::whole) return Compression::gzip;
  const Fit frame = fit(kZstd, first);
  const Fit skippable = fit(kSkippable, first, 0xf0);
  if (frame == Fit::whole || skippable == Fit::whole) return Compression::zstd;
  if (gzip == Fit::so_far || frame == Fit::so_far || skippable == Fit::so_far) return std::nullopt;
  return Compression::none;
}

Compression compression_of(int file, uint64_t from) {
  std::array<uint8_t, kMagic> first;
  const ssize_t got = pread(file, first.data(), first.size(), static_cast<off_t>(from));
  if (got <= 0) return Compression::none;
  return compression_of({first.data(), static_cast<size_t>(got)}).value_or(Compression::none);
}

std::unique_ptr<Codec> make_codec(Compression compression) {
  switch (compression) {
    case Compression::none:
      break;
    case Compression::gzip:
#ifdef PLUGHOST_ZLIB
      return make_gzip_codec();
#else
      break;
#endif
    case Compression::zstd:
#ifdef PLUGHOST_ZSTD
      return make_zstd_codec();
#else
      break;
#endif
  }
  return nullptr;
}

}  // namespace plughost
