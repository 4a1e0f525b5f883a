// Helpers of the fuzzers.
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

// Ends the fuzzer when the condition is false.
#define REQUIRE(condition)                                               \
  do {                                                                   \
    if (condition) break;                                                \
    std::fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition); \
    std::abort();                                                        \
  } while (false)

namespace fuzz {

// Takes settings from the front of the input. After its end they are 0.
class Settings {
 public:
  Settings(const uint8_t *data, size_t size) : left_(reinterpret_cast<const char *>(data), size) {}

  uint32_t byte() {
    if (left_.empty()) return 0;
    const auto byte = static_cast<uint8_t>(left_.front());
    left_.remove_prefix(1);
    return byte;
  }
  // Returns a number from `least` to `most`. Small numbers come more often.
  uint32_t number(uint32_t least, uint32_t most) {
    const uint32_t wide = byte();
    const uint32_t range = most - least + 1;
    return least + (wide < 200 ? wide % std::min(range, 64u) : (wide << 8 | byte()) % range);
  }
  // Returns the input after the settings.
  std::string_view rest() const { return left_; }

 private:
  std::string_view left_;
};

// Returns the lines without newlines. Bytes after the last newline are a line too.
inline std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const size_t newline = text.find('\n');
    lines.emplace_back(text.substr(0, newline));
    text.remove_prefix(newline == text.npos ? text.size() : newline + 1);
  }
  return lines;
}

// Returns the descriptor of a file in memory that holds the text. The caller closes it.
inline int file_of(std::string_view text) {
  const int fd = memfd_create("fuzz", MFD_CLOEXEC);
  REQUIRE(fd >= 0);
  REQUIRE(write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size()));
  REQUIRE(lseek(fd, 0, SEEK_SET) == 0);
  return fd;
}

}  // namespace fuzz
