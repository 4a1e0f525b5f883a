// Compares the line splitter with a naive one. Input: where to begin, how many lines at once, text.
#include <algorithm>
#include <memory>

#include "engine/lines/lines.hpp"
#include "fuzz.hpp"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  fuzz::Settings settings(data, size);
  const uint32_t begin = settings.number(0, 300);
  const uint32_t capacity = settings.number(1, 100);
  const std::string_view rest = settings.rest();
  // The memory ends with the text, so that sanitizers notice a read beyond it.
  const size_t length = rest.size();
  const std::unique_ptr<uint8_t[]> text(new uint8_t[length]);
  std::copy(rest.begin(), rest.end(), text.get());
  size_t from = std::min<size_t>(begin, length);
  const std::vector<std::string> expected = fuzz::lines_of(rest.substr(from));

  REQUIRE(plughost::count_lines(text.get() + from, length - from) == expected.size());
  const size_t half = expected.size() / 2;
  size_t end = from;
  for (size_t i = 0; i < half; i++) end = std::min(length, end + expected[i].size() + 1);
  REQUIRE(plughost::skip_lines(text.get(), from, length, half) == end);

  std::vector<plug_span> spans(capacity);
  size_t next = 0;
  while (from < length) {
    const uint32_t found = plughost::split_lines(text.get(), &from, length, spans.data(), capacity);
    REQUIRE(found > 0 && found <= capacity);
    for (uint32_t i = 0; i < found; i++, next++) {
      REQUIRE(next < expected.size());
      REQUIRE(rest.substr(spans[i].offset, spans[i].length) == expected[next]);
    }
  }
  REQUIRE(next == expected.size());
  return 0;
}
