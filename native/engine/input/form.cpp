#include "engine/input/form.hpp"

#include <array>
#include <span>

#include "engine/input/codecs/format.hpp"
#include "engine/input/peeked_stream.hpp"
#include "engine/input/transcoded_stream.hpp"
#include "os/file/read.hpp"

namespace plughost {

const char *form_of(int file, uint64_t from) {
  std::array<uint8_t, PeekedStream::kMax> bytes;
  const size_t size = read_at(file, from, bytes.data(), bytes.size()).size;
  if (size == 0) return "";
  const std::span<const uint8_t> first(bytes.data(), size);
  if (const Format *format = *format_of(first, true)) return format->name;
  return encoding_of(first, true)->name;
}

}  // namespace plughost
