#include "engine/rows/states/crc32c.hpp"

#include <array>
#include <cstddef>

namespace plughost {
namespace {

constexpr uint32_t kPolynomial = 0x82f63b78;  // with its bits reversed
constexpr size_t kSlices = 8;

using CrcTables = std::array<std::array<uint32_t, 256>, kSlices>;

// Table i has the checksum of each byte with i zeros after it, so that eight bytes are added at once.
constexpr CrcTables make_crc_tables() {
  CrcTables tables{};
  for (uint32_t byte = 0; byte < 256; byte++) {
    uint32_t crc = byte;
    for (int bit = 0; bit < 8; bit++) crc = crc >> 1 ^ (crc & 1 ? kPolynomial : 0);
    tables[0][byte] = crc;
  }
  for (size_t slice = 1; slice < kSlices; slice++)
    for (size_t byte = 0; byte < 256; byte++) {
      const uint32_t before = tables[slice - 1][byte];
      tables[slice][byte] = before >> 8 ^ tables[0][before & 0xff];
    }
  return tables;
}

constexpr CrcTables kCrcTables = make_crc_tables();

}  // namespace

void Crc32c::add(std::span<const uint8_t> bytes) {
  uint32_t crc = state_;
  size_t at = 0;
  for (; at + kSlices <= bytes.size(); at += kSlices) {
    uint32_t next = 0;
    for (size_t i = 0; i < kSlices; i++) {
      const uint8_t byte = static_cast<uint8_t>(bytes[at + i] ^ (i < 4 ? crc >> (8 * i) : 0));
      next ^= kCrcTables[kSlices - 1 - i][byte];
    }
    crc = next;
  }
  for (; at < bytes.size(); at++) crc = crc >> 8 ^ kCrcTables[0][(crc ^ bytes[at]) & 0xff];
  state_ = crc;
}

}  // namespace plughost
