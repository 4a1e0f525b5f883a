#include <random>

extern "C" {
#include "../access/split.h"
}
#include "guarded.hpp"
#include "plugin.hpp"
#include "tests.hpp"

using namespace test;

namespace {

// Returns where the parts of a line are, or nothing if it does not fit.
std::string split_by(split_function *split, const uint8_t *block, plug_span line, int tail) {
  std::vector<plug_span> spans(static_cast<size_t>(PARTS) * STEP);
  auto *to = reinterpret_cast<part *>(spans.data());
  if (split(block, &line, 1, tail, to) == 0) return "";
  std::string parts;
  for (const int of : {HOST, IDENT, USER, TIME, REQUEST, STATUS, BYTES, REFERER, AGENT})
    if (tail || of < REFERER || of == REQUEST)
      parts += std::to_string(to[of][0].offset) + "+" + std::to_string(to[of][0].length) + " ";
  return parts;
}

std::string random_line(std::mt19937 &random) {
  static const std::string bases[] = {
      R"(10.1.2.3 - - [10/Oct/2000:13:55:36 -0700] "GET /apache_pb.gif HTTP/1.0" 200 2326)",
      R"(10.1.2.3 - frank [10/Oct/2000:13:55:36 -0700] "GET / HTTP/1.1" 304 - "-" "Mozilla/5.0 (X11; Linux x86_64; rv")",
      R"(fe80::1 - - [10/Oct/2000:13:55:36 -0700] "-" 408 - "-" "-")",
      "host.example.com - - [10/Oct/2000:13:55:36 -0700] \"GET /" + std::string(150, 'x') +
          " HTTP/1.1\" 200 1234567890123456789 \"http://" + std::string(60, 'y') + "/\" \"" + std::string(130, 'z') +
          "\"",
  };
  static const std::string pieces[] = {" ", "\"",   "\\",  "[",  "]",  "-",  "0",    "9",
                                       "a", "] \"", "\" ", " [", "- ", "\r", "\\\"", "\xff"};
  std::string line = bases[random() % 4];
  for (unsigned left = random() % 4; left > 0; left--) {
    const size_t at = random() % (random() % 2 ? std::min<size_t>(line.size(), 90) : line.size());
    line.replace(at, random() % 3, pieces[random() % 16]);
  }
  if (random() % 4 == 0) line.resize(random() % line.size());
  if (random() % 8 == 0) line += '\r';
  return line;
}

}  // namespace

TEST("access splits a line alike with every kind of vector") {
  std::vector<std::pair<std::string, split_function *>> ways;
#if defined(__x86_64__)
  ways.emplace_back("SSE2", access_split_sse2);
  if (access_fastest_split() != access_split_sse2) ways.emplace_back("AVX2", access_split_avx2);
#elif defined(__aarch64__)
  ways.emplace_back("NEON", access_split_neon);
#endif
  std::mt19937 random(11);
  size_t fitting = 0;
  Guarded memory(1024);
  for (int i = 0; i < 100'000; i++) {
    const std::string line = random_line(random);
    const char behind = "0\"] -\n"[random() % 6];
    const uint8_t *block = memory.hold(line + std::string(64, behind), Guarded::At::end);
    const plug_span whole{0, static_cast<uint32_t>(line.size())};
    for (const int tail : {0, 1}) {
      const std::string wanted = split_by(access_split_plainly, block, whole, tail);
      fitting += !wanted.empty();
      for (const auto &[name, split] : ways) {
        const std::string got = split_by(split, block, whole, tail);
        require(got == wanted, name + " finds " + got + ", not " + wanted + ", in " + quoted(line));
      }
    }
  }
  require(fitting > 50'000, "only " + std::to_string(fitting) + " of the lines fit");
}
