// What the fuzzers have in common.
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

// Ends the fuzzer when the two are not the same.
#define REQUIRE(condition)                                               \
  do {                                                                   \
    if (condition) break;                                                \
    std::fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition); \
    std::abort();                                                        \
  } while (false)

namespace fuzz {

// Reads settings off the front of the input; 0 behind its end.
class Settings {
 public:
  Settings(const uint8_t *data, size_t size) : left_(reinterpret_cast<const char *>(data), size) {}

  uint32_t byte() {
    if (left_.empty()) return 0;
    const auto byte = static_cast<uint8_t>(left_.front());
    left_.remove_prefix(1);
    return byte;
  }
  // From `least` to `most`, small numbers more often.
  uint32_t number(uint32_t least, uint32_t most) {
    const uint32_t wide = byte();
    const uint32_t range = most - least + 1;
    return least + (wide < 200 ? wide % std::min(range, 64u) : (wide << 8 | byte()) % range);
  }
  // What the settings leave.
  std::string_view rest() const { return left_; }

 private:
  std::string_view left_;
};

// The lines, without newlines; what stands behind the last newline is one too.
inline std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const size_t newline = text.find('\n');
    lines.emplace_back(text.substr(0, newline));
    text.remove_prefix(newline == text.npos ? text.size() : newline + 1);
  }
  return lines;
}

// A file in memory that holds the text.
inline int file_of(std::string_view text) {
  const int fd = memfd_create("fuzz", MFD_CLOEXEC);
  REQUIRE(fd >= 0);
  REQUIRE(write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size()));
  REQUIRE(lseek(fd, 0, SEEK_SET) == 0);
  return fd;
}

}  // namespace fuzz
