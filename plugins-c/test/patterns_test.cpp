#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <tuple>

#include "filter.hpp"
#include "guarded.hpp"
#include "tests.hpp"

using namespace test;

namespace {

std::string list(const std::vector<std::string> &patterns) {
  std::string json = "[";
  for (const auto &pattern : patterns) json.append(json.size() > 1 ? "," : "").append(quoted(pattern));
  return json + "]";
}

std::string options(const std::vector<std::string> &patterns, const std::string &further = "") {
  return "{\"patterns\":" + list(patterns) + (further.empty() ? "" : ",") + further + "}";
}

constexpr uint32_t kCaps[] = {1, 2, 7, 1024};

// Returns what every call keeps, one character for each line.
std::string kept_by(const Filter &filter, std::string_view data, Guarded &memory) {
  const std::vector<plug_span> lines = split(data);
  std::string kept;
  for (const auto at : {Guarded::At::end, Guarded::At::start}) {
    const uint8_t *block = memory.hold(data, at);
    kept = filter.by_match(block, lines);
    const auto check = [&](const std::string &shape, const std::string &other) {
      require(other == kept, shape + " keeps " + other + ", and match " + kept + " of " + quoted(data));
    };
    check("match_batch", filter.by_batch(block, data.size(), lines));
    for (const uint32_t cap : kCaps)
      check("scan in " + std::to_string(cap), filter.by_scan(block, data.size(), lines, cap));
  }
  return kept;
}

struct File {
  explicit File(std::string_view text) {
    const int fd = mkstemp(path.data());
    require(fd >= 0, "no file");
    close(fd);
    std::ofstream(path, std::ios::binary) << text;
  }
  ~File() { unlink(path.c_str()); }
  std::string path = "/tmp/plughost-patterns-XXXXXX";
  std::string option() const { return "{\"patternsFile\":" + quoted(path); }
};

std::string refusal(const std::string &config) {
  Plugin plugin("patterns");
  Error error;
  const int32_t status = plugin.init(config, &error);
  require(status == PLUG_ERROR_CONFIG && error.code == status, config + ": status " + std::to_string(status));
  return error.text();
}

// Hyperscan supports no anchors inside the test for word ends, and refuses patterns that can never match.
bool refused_as_word(const std::string &config) {
  Plugin plugin("patterns");
  Error error;
  if (plugin.init(config, &error) == PLUG_OK || config.find("wholeWord") == std::string::npos) return false;
  const std::string why = error.text();
  return why.find("nchors not supported.") != std::string::npos || why.find("can never match.") != std::string::npos;
}

// Patterns that may match newlines, empty lines, the ends of a line or of the text, and characters.
const std::vector<std::string> kPatterns = {"",           "a",
                                            "a|bb",       "^$",
                                            "^",          "$",
                                            "x*",         "a*$",
                                            "\\s",        "\\s+$",
                                            "^\\s*$",     "[^a]",
                                            "[^a]b",      "a\\sb",
                                            "a[^b]*b",    "(?s)a.b",
                                            "(?s).",      ".",
                                            "a.b",        "\\bab\\b",
                                            "\\Ba",       "\\Aa",
                                            "a\\z",       "b\\Z",
                                            "\\A\\z",     "\\W",
                                            "\\D\\D",     "\\r$",
                                            "a\\nb",      "\\x0a",
                                            "[\\x00-b]",  "(?-m)^a",
                                            "(?i)AB",     "(?:a|b)$",
                                            "^a.*b$",     "\\Qa\\E$",
                                            "\\x00",      "[[:space:]]a",
                                            "\xc3\xa9",   "[\xc3\xa9x]",
                                            "\xc3\xa9?a", "(a|)\\n?$",
                                            "a{2}",       "(?:^|[^\\w])a",
                                            "(?m:^b)",    "\\t|\\n",
                                            "[\\t-a]",    "(?x) a b"};

constexpr std::string_view kData("aabAB \t\0\r_\xc3\xa9\xff\n\n\n", 15);

}  // namespace

TEST("patterns keeps the same lines by match, match_batch and scan, on hostile data, whatever it searches for") {
  Guarded memory(4096);
  const char *const styles[] = {"", "\"unicode\":false", "\"ignoreCase\":true", "\"wholeWord\":true",
                                "\"literal\":true"};
  for (uint32_t i = 0; i < kPatterns.size(); i++) {
    for (const char *style : styles) {
      const std::string config = options({kPatterns[i]}, style);
      if (refused_as_word(config)) continue;
      const Filter filter("patterns", config);
      for (uint32_t seed = 0; seed < 12; seed++) {
        Hostile hostile(seed * 97 + i);
        kept_by(filter, hostile.bytes(hostile.below(90), kData), memory);
      }
    }
  }
}

TEST("patterns keeps a line if and only if one of its patterns does so alone") {
  Guarded memory(4096);
  for (uint32_t seed = 0; seed < 150; seed++) {
    Hostile hostile(seed);
    std::vector<std::string> chosen;
    for (size_t i = 0; i < 2 + hostile.below(4); i++) chosen.push_back(kPatterns[hostile.below(kPatterns.size())]);
    const std::string data = hostile.bytes(1 + hostile.below(300), kData);
    std::string expected(split(data).size(), '.');
    for (const auto &pattern : chosen) {
      const std::string alone = kept_by(Filter("patterns", options({pattern})), data, memory);
      for (size_t i = 0; i < alone.size(); i++)
        if (alone[i] == 'x') expected[i] = 'x';
    }
    const std::string together = kept_by(Filter("patterns", options(chosen)), data, memory);
    require(together == expected, list(chosen) + " keeps " + together + ", not " + expected + " of " + quoted(data));
  }
}

TEST("patterns never matches across a line's end, and treats each line as a whole text") {
  Guarded memory(4096);
  const std::string data = "ab\n\nb\n a\nba\r\n\nxay\n";  // seven lines
  const std::pair<const char *, const char *> cases[] = {
      {"", "xxxxxxx"},        {"x*", "xxxxxxx"},      {"^$", ".x...x."},      {"\\s", "...xx.."},
      {"\\s+$", "....x.."},   {"^\\s*$", ".x...x."},  {"b\\s+b", "......."},  {"b[^x]*b", "......."},
      {"(?s)b.", "....x.."},  {"\\Ab", "..x.x.."},    {"b\\z", "x.x...."},    {"b\\Z", "x.x...."},
      {"\\A\\z", ".x...x."},  {"(?-m)^b", "..x.x.."}, {"(?-m)b$", "x.x...."}, {"\\n", "......."},
      {"a\\n|xa", "......x"}, {"[^a]", "x.xxx.x"},    {"\\W", "...xx.."},     {"^b", "..x.x.."},
      {"b$", "x.x...."},      {"a\\b", "...xx.."},    {"^.$", "..x...."},     {"a$", "...x..."},
      {"\\bb\\b", "..x...."},
  };
  for (const auto &[pattern, expected] : cases) {
    for (const char *unicode : {"\"unicode\":true", "\"unicode\":false"}) {
      const std::string kept = kept_by(Filter("patterns", options({pattern}, unicode)), data, memory);
      require(kept == expected, std::string(pattern) + " keeps " + kept + ", not " + expected);
    }
  }
}

TEST("patterns takes characters for characters, and bytes that are none for U+FFFD") {
  Guarded memory(4096);
  const std::string data =
      "a\xc3\xa9"
      "b\na\xff"
      "b\na\xed\xa0\x80"
      "b\na\xef\xbf\xbd"
      "b\n\xc3\x89\n\xc3\nab\xff\n\xe2\x84\xaa";
  const std::tuple<const char *, const char *, const char *> cases[] = {
      // pattern, kept as characters, kept as bytes
      {"a.b", "xx.x....", ".x......"},
      {"a..b", "........", "x......."},
      {"a...b", "..x.....", "..xx...."},
      {"a\xc3\xa9"
       "b",
       "x.......", "x......."},
      {"[\xc3\xa9]b", "x.......", "x......."},
      {"a\\xe9"
       "b",
       "x.......", "........"},
      {"a\\xff"
       "b",
       "........", ".x......"},
      {"\xef\xbf\xbd", ".xxx.xx.", "...x...."},
      {"^.$", "....xx.x", ".....x.."},
      {"^ab", "......x.", "......x."},
      {"[^a-z]", "xxxxxxxx", "xxxxxxxx"},
  };
  for (const auto &[pattern, characters, bytes] : cases) {
    for (const bool unicode : {true, false}) {
      const std::string kept = kept_by(
          Filter("patterns", options({pattern}, unicode ? "\"unicode\":true" : "\"unicode\":false")), data, memory);
      const std::string expected = unicode ? characters : bytes;
      require(kept == expected,
              quoted(pattern) + (unicode ? " as characters" : " as bytes") + " keeps " + kept + ", not " + expected);
    }
  }
  const Filter folded("patterns", options({"\xc3\xa9", "k"}, "\"ignoreCase\":true"));
  require(kept_by(folded, data, memory) == "x...x..x", "letter case does not follow Unicode");
}

TEST("patterns finds whole words, and texts as they stand") {
  Guarded memory(4096);
  const std::string data = "ab\nxab ab\nxab\nab_\n-ab-\nab\xc3\xa9\na.b\n(ab\n a.b\na\\.b";
  const std::tuple<std::vector<std::string>, const char *, const char *> cases[] = {
      {{"ab"}, "\"wholeWord\":true", "xx..xx.x.."},
      {{"a|ab"}, "\"wholeWord\":true", "xx..xxxxxx"},
      {{"a.b"}, "\"literal\":true", "......x.x."},
      {{"a.b", "(ab"}, "\"literal\":true", "......xxx."},
      {{"a\\.b"}, "\"literal\":true", ".........x"},
      {{"A.B"}, "\"literal\":true,\"ignoreCase\":true", "......x.x."},
      {{"(ab"}, "\"literal\":true,\"wholeWord\":true", ".......x.."},
      {{"\xc3\xa9"}, "\"literal\":true", ".....x...."},
  };
  for (const auto &[patterns, style, expected] : cases) {
    const std::string kept = kept_by(Filter("patterns", options(patterns, style)), data, memory);
    require(kept == expected, list(patterns) + " " + style + " keeps " + kept + ", not " + expected);
  }
}

TEST("patterns decides many pieces alike, whether matches are rare or everywhere, and lines longer than a piece") {
  // 1.5 MiB: runs of lines in which nearly every byte matches, runs in which nothing does, and long lines in between.
  Hostile hostile(1);
  std::string data;
  while (data.size() < 1'500'000) {
    const size_t kind = hostile.below(4);
    for (size_t i = 0; i < 2000; i++) {
      data += kind == 0 ? "eeeeeeee" : kind == 1 ? "--------" : hostile.bytes(hostile.below(40), "abcd-\xff");
      data += '\n';
    }
    data += std::string(hostile.below(3) * 70'000, '-') + (hostile.below(2) ? "e" : "") + "\n";
  }
  const std::vector<plug_span> lines = split(data);
  const auto *block = reinterpret_cast<const uint8_t *>(data.data());
  for (const char *pattern : {"e", "ab", "[^-]", "e\\s*e", "a.c"}) {
    const Filter filter("patterns", options({pattern}));
    const std::string kept = filter.by_match(block, lines);
    require(kept.find('x') != std::string::npos && kept.find('.') != std::string::npos, "the test is about nothing");
    require(filter.by_batch(block, data.size(), lines) == kept, std::string(pattern) + ": match_batch keeps others");
    require(filter.by_scan(block, data.size(), lines, 1024) == kept, std::string(pattern) + ": scan keeps others");
  }
}

TEST("patterns asks only for the lines of a batch, whatever stands between them") {
  for (const char *pattern : {"hit", "^$", "t\\sh"}) {
    const Filter filter("patterns", options({pattern}));
    const std::string data = "hit\nhit\nmiss\nhit\n\nhit h\nt h\n";
    const std::vector<plug_span> all = split(data);
    const auto *block = reinterpret_cast<const uint8_t *>(data.data());
    for (uint32_t chosen = 1; chosen < 1u << all.size(); chosen++) {
      std::vector<plug_span> lines;
      for (size_t i = 0; i < all.size(); i++)
        if (chosen >> i & 1) lines.push_back(all[i]);
      require(filter.by_batch(block, data.size(), lines) == filter.by_match(block, lines),
              std::string(pattern) + ": a batch of the lines " + std::to_string(chosen) + " is kept otherwise");
    }
  }
}

TEST("patterns reads a file of patterns, one a line, beside those of the option") {
  Guarded memory(4096);
  const std::string data = "one\ntwo\nthree\nfour\n\xe4\n";
  const auto kept = [&](std::string_view text, const std::string &further = "") {
    const File file(text);
    return kept_by(Filter("patterns", file.option() + further + "}"), data, memory);
  };
  require(kept("one\nthree\n") == "x.x..", "two lines");
  require(kept("one\r\nfo\r\n") == "x..x.", "a CR before the newline");
  require(kept("one\nthree") == "x.x..", "no newline at the end");
  require(kept("one\n\n") == "xxxxx", "an empty line");
  require(kept("") == ".....", "an empty file");
  require(kept("", ",\"patterns\":[\"two\"]") == ".x...", "an empty file and the option");
  require(kept("three\n", ",\"patterns\":[\"two\"]") == ".xx..", "a file and the option");
  require(kept("\xe4\n", ",\"unicode\":false") == "....x", "bytes that are not UTF-8");
  require(kept_by(Filter("patterns", "{\"patterns\":[]}"), data, memory) == ".....", "no patterns");
}

TEST("patterns searches for thousands of texts at once") {
  std::string patterns;
  for (int i = 0; i < 5000; i++) patterns += "key-" + std::to_string(i * 7) + ";\n";
  const File file(patterns);
  const Filter filter("patterns", file.option() + ",\"literal\":true}");
  std::string data, expected;
  for (int i = 0; i < 40000; i += 3) {
    data += "line with key-" + std::to_string(i) + "; in it\n";
    expected += i % 7 == 0 && i < 35000 ? 'x' : '.';
  }
  const std::vector<plug_span> lines = split(data);
  const auto *block = reinterpret_cast<const uint8_t *>(data.data());
  require(filter.by_scan(block, data.size(), lines, 1024) == expected, "scan keeps other lines");
  require(filter.by_batch(block, data.size(), lines) == expected, "match_batch keeps other lines");
}

TEST("patterns refuses options that it cannot use, and says which pattern and why") {
  const File file("fine\na(b\n");
  const File zero(std::string_view("a\0b\n", 4));
  const File bytes("\xe4[\xe4]\n");
  const std::pair<std::string, std::string> refused[] = {
      {"{}", "there is no pattern: give \"patterns\", \"patternsFile\", or both"},
      {R"({"patterns":"a"})", "the option \"patterns\" is not an array of strings"},
      {R"({"patterns":["a",1]})", "the option \"patterns\" is not an array of strings"},
      {R"({"patternsFile":1})", "the option \"patternsFile\" is not a path"},
      {R"({"patternsFile":"a\u0000b"})", "the option \"patternsFile\" is not a path"},
      {R"({"patternsFile":"/nowhere/at/all"})",
       "the option \"patternsFile\": /nowhere/at/all: No such file or directory"},
      {R"({"patternsFile":"/tmp"})", "the option \"patternsFile\": /tmp: Is a directory"},
      {options({"a"}, "\"literal\":1"), "the option \"literal\" is neither true nor false"},
      {options({"a"}, "\"wholeWord\":1"), "the option \"wholeWord\" is neither true nor false"},
      {options({"a", "b(c"}), "pattern 2 \"b(c\": Missing close parenthesis for group started at index 1."},
      {options({"a", "b(c"}, "\"wholeWord\":true"),
       "pattern 2 \"b(c\": Missing close parenthesis for group started at index 1."},
      {options({"a)(b"}, "\"wholeWord\":true"), "pattern 1 \"a)(b\": Unmatched parentheses at index 1."},
      {options({"(a)\\1"}), "pattern 1 \"(a)\\1\": Back-references are unsupported."},
      {options({"a", "x{1,40000}"}), "pattern 2 \"x{1,40000}\": Bounded repeat is too large."},
      {options({std::string(20000, 'a')}), "pattern 1: Pattern length exceeds limit."},
      {options({"a\nb"}), "pattern 1: it has a newline in it, which no line can contain"},
      {options({"a\nb"}, "\"literal\":true"), "pattern 1: it has a newline in it, which no line can contain"},
      {options({std::string("\0", 1)}), "pattern 1: it has a NUL byte in it; write it as \\x00"},
      {options({"(*UTF8)a"}), "pattern 1 \"(*UTF8)a\": it begins with a verb, (*, which is not supported"},
      {file.option() + "}", file.path + ", line 2 \"a(b\": Missing close parenthesis for group started at index 1."},
      {zero.option() + "}", zero.path + ", line 1: it has a NUL byte in it; write it as \\x00"},
      {bytes.option() + "}", bytes.path + ", line 1: Expression is not valid UTF-8."},
  };
  for (const auto &[config, message] : refused) {
    const std::string said = refusal(config);
    require(said == message, config.substr(0, 100) + " is refused by " + quoted(said));
  }
}

TEST("patterns gives up when the context says so") {
  Plugin plugin("patterns");
  plugin.configured(options({"a"}));
  const auto *filter = plugin.extension<plug_filter>(PLUG_FILTER);
  Error error;
  void *state = filter->state_new(plugin.get(), &error);
  Context ctx;
  ctx.word = PLUG_CANCEL_ASKED;
  plug_span span{0, 1};
  uint64_t cursor = 0, keep = 0;
  const plug_lines lines = batch_of(bytes_of("a"), &span, 1);
  const int64_t scanned = filter->scan(plugin.get(), state, &ctx, bytes_of("a"), &cursor, &span, 1, &error);
  const int32_t batched = filter->match_batch(plugin.get(), state, &ctx, &lines, &keep, &error);
  filter->state_free(plugin.get(), state);
  require(scanned == PLUG_ERROR_CANCELLED && batched == PLUG_ERROR_CANCELLED, "a search went on");
}

TEST("patterns says what it does") {
  Plugin plugin("patterns");
  plugin.configured(options({"a", "b"}));
  require(plugin.name() == "Patterns", plugin.name());
  require(plugin.run() == "Keeps the lines that match one of 2 patterns", plugin.run());
  require(Plugin("patterns").configured(options({"a"})).run() == "Keeps the lines that match 1 pattern", "one pattern");
  require(!plugin.extension<void>("plug.filter/2") && !plugin.extension<void>(PLUG_EXPORTER), "it offers too much");
}

TEST("patterns tells where its texts stand, leftmost first, of those that begin there the first of the list") {
  Guarded memory(4096);
  const std::vector<std::vector<std::string>> lists = {
      {"a"}, {"aa", "a"}, {"a", "aa"}, {"ab", "b", "bab"}, {""}, {"", "a"}, {"a", ""}, {"xa", "aa"}, {"\xc3\xa9", "a"},
  };
  for (const auto &texts : lists) {
    for (const char *style : {"\"literal\":true", "\"literal\":true,\"unicode\":false"}) {
      const Filter filter("patterns", options(texts, style));
      for (uint32_t seed = 0; seed < 200; seed++) {
        Hostile hostile(seed);
        const std::string line = hostile.bytes(hostile.below(60), "aaabx\xc3\xa9\xff");
        std::string expected;
        size_t end = std::string::npos;
        for (size_t at = 0; at <= line.size();) {
          const auto found = std::find_if(texts.begin(), texts.end(),
                                          [&](const auto &text) { return line.compare(at, text.size(), text) == 0; });
          const size_t length = found == texts.end() ? 0 : found->size();
          if (found != texts.end() && (length > 0 || at != end)) {
            expected += std::to_string(at) + ":" + std::to_string(length) + " ";
            end = at + length;
          }
          at += std::max<size_t>(length, 1);
        }
        const std::string told = filter.spans(memory.hold(line, Guarded::At::end), line.size());
        require(told == expected, list(texts) + " in " + quoted(line) + ": " + told + ", not " + expected);
      }
    }
  }
}

TEST("patterns tells no places of what is no text") {
  const uint8_t line[] = {'a', 'b', 'a'};
  for (const char *style : {"", "\"literal\":true,\"wholeWord\":true", "\"literal\":true,\"ignoreCase\":true"})
    require(Filter("patterns", options({"a"}, style)).spans(line, 3).empty(), style);
  require(Filter("patterns", options({"A"}, "\"literal\":true,\"ignoreCase\":true,\"unicode\":false")).spans(line, 3) ==
              "0:1 2:1 ",
          "letters of ASCII in either case");
}
