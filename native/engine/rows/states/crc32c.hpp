// CRC-32C (Castagnoli), the checksum at the end of a file of states.
#pragma once

#include <cstdint>
#include <span>

namespace plughost {

class Crc32c {
 public:
  void add(std::span<const uint8_t> bytes);
  uint32_t value() const { return ~state_; }

 private:
  uint32_t state_ = UINT32_MAX;
};

}  // namespace plughost
