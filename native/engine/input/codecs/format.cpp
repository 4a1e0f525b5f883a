#include "engine/input/codecs/format.hpp"

#include <algorithm>

namespace plughost {
namespace {

#define LIBRARY(name, header, library, package) constexpr const char *name##_package = #package;
#define FORMAT(...)
#define FOREIGN(...)
#include "engine/input/codecs/formats.def"
#undef LIBRARY
#undef FORMAT
#undef FOREIGN

constexpr Format kFormats[] = {
#define LIBRARY(...)
#define FORMAT(name, library, make, first, mask, tool) \
  {#name, {first, sizeof(first) - 1}, mask, make, library##_package, tool},
#define FOREIGN(name, first, tool) {#name, {first, sizeof(first) - 1}, 0xff, nullptr, "", tool},
#include "engine/input/codecs/formats.def"
#undef LIBRARY
#undef FORMAT
#undef FOREIGN
};

static_assert(std::all_of(std::begin(kFormats), std::end(kFormats),
                          [](const Format &format) { return format.first.size() <= kMaxFirst; }));

// An input that ends after this many bytes of a format's beginning is of that format, and cut off.
constexpr size_t kEnough = 4;

enum class Fit { no, so_far, whole };

Fit fit(const Format &format, std::span<const uint8_t> first) {
  const size_t size = std::min(format.first.size(), first.size());
  for (size_t i = 0; i < size; i++) {
    const uint8_t mask = i == 0 ? format.mask : 0xff;
    if (format.first[i] != '?' && (first[i] & mask) != static_cast<uint8_t>(format.first[i])) return Fit::no;
  }
  return size == format.first.size() ? Fit::whole : Fit::so_far;
}

}  // namespace

std::optional<const Format *> format_of(std::span<const uint8_t> first, bool all) {
  bool open = false;
  for (const Format &format : kFormats) {
    const Fit fits = fit(format, first);
    if (fits == Fit::whole || (all && fits == Fit::so_far && first.size() >= kEnough)) return &format;
    open = open || fits == Fit::so_far;
  }
  if (open && !all) return std::nullopt;
  return nullptr;
}

size_t find_member(const Format &format, std::span<const uint8_t> bytes, size_t from) {
  std::string_view text(reinterpret_cast<const char *>(bytes.data()), bytes.size());
  size_t found = text.size();
  for (const Format &row : kFormats) {
    if (row.make != format.make) continue;
    // The first byte may be one of several, so the bytes after it are searched, up to one that may be any.
    const std::string_view needle = row.first.substr(1, row.first.find('?') - 1);
    for (size_t at = text.find(needle, from + 1); at != text.npos; at = text.find(needle, at + 1)) {
      if (fit(row, bytes.subspan(at - 1)) != Fit::whole) continue;
      found = at - 1;
      text = text.substr(0, at);  // other rows may only come before
      break;
    }
  }
  return found;
}

}  // namespace plughost
