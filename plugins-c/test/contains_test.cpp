#include <algorithm>

extern "C" {
#include "search/finder.h"
}
#include "filter.hpp"
#include "guarded.hpp"
#include "tests.hpp"

using namespace test;

namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

// Returns the first position of `text` in `data`, found with plain comparisons.
size_t find_plainly(std::string_view data, std::string_view text, bool fold) {
  const auto same = [fold](char a, char b) { return fold ? lower(a) == lower(b) : a == b; };
  const auto found = std::search(data.begin(), data.end(), text.begin(), text.end(), same);
  return found == data.end() && !text.empty() ? std::string_view::npos : static_cast<size_t>(found - data.begin());
}

std::string options(std::string_view text, bool fold) {
  return "{\"text\":" + quoted(text) + ",\"ignoreCase\":" + (fold ? "true}" : "false}");
}

constexpr std::string_view kText("abAB[{@`\0\r \xc3\xa9", 13);          // the characters of texts
constexpr std::string_view kData("abAB[{@`\0\r \xc3\xa9\xff\n\n", 16);  // the bytes of data

// Returns a text that JSON can hold: valid UTF-8 of `length` bytes.
std::string valid_text(Hostile &hostile, size_t length) {
  std::string text;
  while (text.size() < length) {
    if (length - text.size() >= 2 && hostile.below(6) == 0) {
      text += "\xc3\xa9";
    } else {
      text += kText[hostile.below(11)];
    }
  }
  return text;
}

}  // namespace

TEST("contains keeps the same lines by match, match_batch and scan as plain comparing does") {
  Guarded memory(1 << 16);
  for (uint32_t seed = 0; seed < 41 * 60; seed++) {
    Hostile hostile(seed);
    const size_t length = seed % 41;
    const bool fold = seed / 41 % 2;
    const std::string text = valid_text(hostile, length);
    // Some data holds the text, or all but its last byte, at many alignments.
    std::string data;
    const size_t pieces = hostile.below(40);
    for (size_t i = 0; i < pieces; i++) {
      data += hostile.bytes(hostile.below(70), hostile.below(3) ? kData : "ab\n");
      const size_t kind = hostile.below(4);
      if (kind == 0) data += text;
      if (kind == 1) data += text.substr(0, length / 2 + 1);
      if (kind == 2 && fold) std::transform(text.begin(), text.end(), std::back_inserter(data), lower);
    }
    const std::vector<plug_span> lines = split(data);
    std::string expected;
    for (const plug_span line : lines) {
      const auto found = find_plainly(std::string_view(data).substr(line.offset, line.length), text, fold);
      expected += found == std::string_view::npos ? '.' : 'x';
    }
    const Filter contains("contains", options(text, fold));
    for (const auto at : {Guarded::At::end, Guarded::At::start}) {
      const uint8_t *block = memory.hold(data, at);
      const auto check = [&](const std::string &shape, const std::string &kept) {
        require(kept == expected,
                "seed " + std::to_string(seed) + ": " + shape + " keeps " + kept + ", not " + expected);
      };
      check("match", contains.by_match(block, lines));
      check("match_batch", contains.by_batch(block, data.size(), lines));
      for (const uint32_t cap : {1u, 2u, 3u, 7u, 1024u})
        check("scan in " + std::to_string(cap), contains.by_scan(block, data.size(), lines, cap));
    }
  }
}

TEST("contains reads nothing before or behind a line that it is asked for") {
  Guarded memory(4096);
  for (uint32_t seed = 0; seed < 41 * 100; seed++) {
    Hostile hostile(seed);
    const std::string text = valid_text(hostile, seed % 41);
    const bool fold = hostile.below(2);
    std::string line = hostile.bytes(hostile.below(140), kText);
    if (hostile.below(2)) line += text;
    const Filter contains("contains", options(text, fold));
    const std::vector<plug_span> lines{{0, static_cast<uint32_t>(line.size())}};
    const bool expected = find_plainly(line, text, fold) != std::string_view::npos;
    for (const auto at : {Guarded::At::end, Guarded::At::start}) {
      const uint8_t *data = memory.hold(line, at);
      require(contains.by_match(data, lines) == (expected ? "x" : "."), "match, seed " + std::to_string(seed));
      require(contains.by_batch(data, line.size(), lines) == (expected ? "x" : "."),
              "match_batch, seed " + std::to_string(seed));
    }
  }
}

TEST("contains tells every place of its text in a line that does not overlap the one before") {
  Guarded memory(4096);
  for (uint32_t seed = 0; seed < 41 * 100; seed++) {
    Hostile hostile(seed);
    const std::string text = valid_text(hostile, seed % 41);
    const bool fold = hostile.below(2);
    std::string line;
    for (size_t i = hostile.below(5); i > 0; i--) line += hostile.bytes(hostile.below(30), kText) + text;
    std::string expected;
    for (size_t at = 0; at <= line.size();) {
      const size_t found = find_plainly(std::string_view(line).substr(at), text, fold);
      if (found == std::string_view::npos) break;
      expected += std::to_string(at + found) + ":" + std::to_string(text.size()) + " ";
      at += found + std::max<size_t>(text.size(), 1);
    }
    const Filter contains("contains", options(text, fold));
    for (const auto at : {Guarded::At::end, Guarded::At::start}) {
      const std::string spans = contains.spans(memory.hold(line, at), line.size());
      require(spans == expected, "seed " + std::to_string(seed) + ": " + spans + ", not " + expected);
    }
  }
  require(Filter("contains", options("", false)).spans(nullptr, 0) == "0:0 ", "the empty text in no bytes");
}

TEST("contains asks only for the lines of a batch, whatever stands between them") {
  const Filter contains("contains", options("hit", false));
  const std::string data = "hit\nhit\nmiss\nhit\n\nhit\nmiss\nhit";
  const std::vector<plug_span> all = split(data);
  const auto *block = reinterpret_cast<const uint8_t *>(data.data());
  for (uint32_t chosen = 1; chosen < 1u << all.size(); chosen++) {
    std::vector<plug_span> lines;
    for (size_t i = 0; i < all.size(); i++)
      if (chosen >> i & 1) lines.push_back(all[i]);
    require(contains.by_batch(block, data.size(), lines) == contains.by_match(block, lines),
            "a batch of the lines " + std::to_string(chosen) + " is kept otherwise than its lines");
  }
}

TEST("contains decides a batch of more than 64 lines") {
  const Filter contains("contains", options("7", false));
  std::string data, expected;
  for (int i = 0; i < 200; i++) {
    const std::string line = std::to_string(i);
    data += line + "\n";
    expected += line.find('7') == std::string::npos ? '.' : 'x';
  }
  const auto *block = reinterpret_cast<const uint8_t *>(data.data());
  require(contains.by_batch(block, data.size(), split(data)) == expected, "other lines are kept");
}

TEST("contains finds the same by every vector width") {
  Guarded memory(4096);
  std::vector<std::pair<std::string, find_function *>> ways{{"portable", find_portable}};
#if defined(__x86_64__)
  ways.emplace_back("SSE2", find_sse2);
  if (__builtin_cpu_supports("avx2")) ways.emplace_back("AVX2", find_avx2);
#endif
  for (uint32_t seed = 0; seed < 40 * 500; seed++) {
    Hostile hostile(seed);
    const bool fold = hostile.below(2);
    // Uses any bytes, because the search takes no JSON.
    std::string text = hostile.bytes(1 + seed % 40, hostile.below(2) ? kData : "aA");
    std::string data = hostile.bytes(hostile.below(400), hostile.below(2) ? kData : "aAb");
    if (hostile.below(2)) data.insert(hostile.below(data.size() + 1), text);
    const size_t expected = find_plainly(data, text, fold);
    std::string mask(text.size(), 0);
    finder finder;
    finder_init(&finder, reinterpret_cast<uint8_t *>(text.data()), reinterpret_cast<uint8_t *>(mask.data()),
                text.size(), fold);
    for (const auto at : {Guarded::At::end, Guarded::At::start}) {
      const uint8_t *held = memory.hold(data, at);
      for (const auto &[name, find] : ways) {
        const uint8_t *found = find(&finder, held, data.size());
        const size_t place = found ? static_cast<size_t>(found - held) : std::string_view::npos;
        require(place == expected, name + ", seed " + std::to_string(seed) + ": found at " + std::to_string(place) +
                                       ", not at " + std::to_string(expected));
      }
    }
  }
}

TEST("contains refuses options that it cannot use, and says why") {
  const std::pair<const char *, const char *> refused[] = {
      {"{}", "the option \"text\" is not a string"},
      {"{\"text\":5}", "the option \"text\" is not a string"},
      {"{\"text\":\"a\\nb\"}", "the option \"text\" has a newline in it, which no line can contain"},
      {"{\"text\":\"a\",\"ignoreCase\":1}", "the option \"ignoreCase\" is neither true nor false"},
  };
  for (const auto &[config, message] : refused) {
    Plugin plugin("contains");
    Error error;
    const int32_t status = plugin.init(config, &error);
    require(status == PLUG_ERROR_CONFIG && error.code == PLUG_ERROR_CONFIG, std::string(config) + " was taken");
    require(error.text() == message, std::string(config) + ": " + error.text());
  }
}

TEST("contains gives up when the context says so") {
  Plugin plugin("contains");
  plugin.configured("{\"text\":\"a\"}");
  const auto *filter = plugin.extension<plug_filter>(PLUG_FILTER);
  Context ctx;
  ctx.word = PLUG_CANCEL_ASKED;
  Error error;
  plug_span span{0, 1};
  uint64_t cursor = 0, keep = 0;
  const plug_lines lines = batch_of(bytes_of("a"), &span, 1);
  require(filter->scan(plugin.get(), nullptr, &ctx, bytes_of("a"), &cursor, &span, 1, &error) == PLUG_ERROR_CANCELLED,
          "scan went on");
  require(filter->match_batch(plugin.get(), nullptr, &ctx, &lines, &keep, &error) == PLUG_ERROR_CANCELLED,
          "match_batch went on");
  plug_sink nowhere{};
  require(filter->spans(plugin.get(), nullptr, &ctx, bytes_of("a"), &nowhere, &error) == PLUG_ERROR_CANCELLED,
          "spans went on");
}

TEST("contains says what it does") {
  Plugin plugin("contains");
  plugin.configured("{\"text\":\"caf\\u00e9\"}");
  require(plugin.name() == "Contains", plugin.name());
  require(plugin.run() == "Keeps the lines that contain caf\xc3\xa9", plugin.run());
  require(!plugin.extension<void>("plug.filter/2") && !plugin.extension<void>(PLUG_EXPORTER), "it offers too much");
}
