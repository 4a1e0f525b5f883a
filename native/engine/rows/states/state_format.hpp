// What a file of states consists of.
//
// A file begins with its prefix: what it is about, and which input it covers. src/states/ writes and reads the prefix;
// here it is bytes that are copied and added to the checksum. Sections follow, one for each list of keys. A section is
// its groups, each with the byte 1 before it and in the form of append_record(), ascending by their keys, and the byte
// 0 at its end. The trailer ends the file: StateCounts as four numbers of 64 bits, and the CRC-32C of all bytes before
// it, in 32 bits. All numbers are little-endian.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "engine/rows/groups/key.hpp"

namespace plughost {

// What was folded, for the trailer.
struct StateCounts {
  uint64_t lines = 0;     // that the parser got
  uint64_t rows = 0;      // that were folded
  uint64_t unparsed = 0;  // lines that do not have the parser's format
  uint64_t groups = 0;    // of all sections
};

// The shape of the groups of a section.
struct StateSection {
  std::vector<KeyColumn> by;  // only their types count
  size_t aggregators;
};

// A file of states that is read from the position of its descriptor on: behind the prefix, which is known already.
struct StateInput {
  std::string name;
  int fd;  // borrowed; may be a pipe
  std::vector<uint8_t> prefix;
};

// The most bytes of a group. A reader takes no more memory for damaged bytes.
constexpr size_t kMaxStateGroup = size_t{64} << 20;

constexpr uint8_t kStateGroup = 1;
constexpr uint8_t kStateSectionEnd = 0;
constexpr size_t kStateTrailer = 4 * 8 + 4;

}  // namespace plughost
