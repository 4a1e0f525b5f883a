#include "engine/input/form.hpp"

#include <unistd.h>

#include <array>
#include <span>

#include "engine/input/codecs/format.hpp"
#include "engine/input/peeked_stream.hpp"
#include "engine/input/transcoded_stream.hpp"

namespace plughost {

const char *form_of(int file, uint64_t from) {
  std::array<uint8_t, PeekedStream::kMax> bytes;
  const ssize_t got = pread(file, bytes.data(), bytes.size(), static_cast<off_t>(from));
  if (got <= 0) return "";
  const std::span<const uint8_t> first(bytes.data(), static_cast<size_t>(got));
  if (const Format *format = *format_of(first, true)) return format->name;
  return encoding_of(first, true)->name;
}

}  // namespace plughost
