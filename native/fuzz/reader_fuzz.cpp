// Compares the block readers with a naive one. Input: which reader, with what happens to long lines; block size; limit
// of a line; size of the pieces that a stream gives; text.
#include <algorithm>
#include <optional>

#include "engine/input/reader.hpp"
#include "pieces.hpp"

using namespace plughost;

namespace {

struct Outcome {
  std::vector<std::string> lines;
  uint64_t long_lines = 0;
  std::optional<uint64_t> too_long;  // offset of the line that ended the input
};

Outcome naive(std::string_view text, ReadOptions options) {
  Outcome outcome;
  uint64_t offset = 0;
  for (std::string &line : fuzz::lines_of(text)) {
    const uint64_t here = offset;
    offset += line.size() + 1;
    if (line.size() <= options.max_line) {
      outcome.lines.push_back(std::move(line));
      continue;
    }
    if (options.long_lines == LongLines::fail) {
      outcome.too_long = here;
      return outcome;
    }
    outcome.long_lines++;
    for (; options.long_lines == LongLines::split && !line.empty(); line.erase(0, options.max_line))
      outcome.lines.push_back(line.substr(0, options.max_line));
  }
  return outcome;
}

Outcome read_all(Reader &reader, std::string_view text) {
  Outcome outcome;
  uint64_t consumed = 0;
  for (Block block; block.clear(), reader.claim(&block);) {
    reader.fill(&block);
    consumed += block.consumed;
    outcome.long_lines += block.long_lines;
    const std::string_view bytes(reinterpret_cast<const char *>(block.data()), block.size());
    REQUIRE(bytes == text.substr(std::min(text.size(), size_t{block.offset}), bytes.size()));
    for (std::string &line : fuzz::lines_of(bytes)) outcome.lines.push_back(std::move(line));
    if (!block.failure) continue;
    REQUIRE(block.failure->kind == FailureKind::line_too_long);
    outcome.too_long = static_cast<uint64_t>(block.failure->offset);
    return outcome;
  }
  REQUIRE(consumed == text.size());
  return outcome;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  fuzz::Settings settings(data, size);
  const uint32_t kind = settings.byte();
  ReadOptions options{settings.number(1, 9000), settings.number(1, 9000)};
  const uint32_t piece = settings.number(1, 9000);
  const std::string_view text = settings.rest();
  std::unique_ptr<Reader> reader;
  if (kind % 4 == 0) {
    reader = read_file(Descriptor(fuzz::file_of(text), true), 0, text.size(), options);
  } else {
    options.long_lines = static_cast<LongLines>(kind % 4 - 1);
    reader = read_stream(std::make_unique<fuzz::Pieces>(text, piece), options);
  }
  if (kind & 64) reader = read_ahead(std::move(reader), nullptr);

  const Outcome expected = naive(text, options);
  const Outcome outcome = read_all(*reader, text);
  REQUIRE(outcome.too_long == expected.too_long);
  REQUIRE(outcome.lines == expected.lines);
  REQUIRE(outcome.long_lines == expected.long_lines);
  return 0;
}
