#include "engine/input/form.hpp"

#include <array>

#include "engine/input/codecs/format.hpp"
#include "engine/input/transcoded_stream.hpp"
#include "os/file/read.hpp"

namespace plughost {

static_assert(kMaxFirst <= kFormBytes);

const char *form_of(std::span<const uint8_t> first) {
  if (first.empty()) return "";
  if (const Format *format = *format_of(first, true)) return format->name;
  return encoding_of(first, true)->name;
}

const char *form_of(int file, uint64_t from) {
  std::array<uint8_t, kFormBytes> bytes;
  return form_of({bytes.data(), read_at(file, from, bytes.data(), bytes.size()).size});
}

}  // namespace plughost
