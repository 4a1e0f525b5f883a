#include "engine/rows/groups/key.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <new>

namespace plughost {
namespace {

constexpr uint64_t kSign = uint64_t{1} << 63;
constexpr uint8_t kNull = 0;

void put(ByteBuffer *key, const void *bytes, size_t size) {
  if (!key->append(bytes, size)) throw std::bad_alloc();
}

void put_number(ByteBuffer *key, uint32_t type, uint64_t ordered) {
  static_assert(std::endian::native == std::endian::little);
  uint8_t *const to = key->reserve(1 + sizeof ordered);
  if (!to) throw std::bad_alloc();
  ordered = __builtin_bswap64(ordered);
  *to = static_cast<uint8_t>(type);
  std::memcpy(to + 1, &ordered, sizeof ordered);
  key->commit(1 + sizeof ordered);
}

// Copies bytes, eight at once. Returns whether a NUL is among them.
bool copy_and_find_nul(uint8_t *to, const uint8_t *from, size_t size) {
  uint64_t found = 0;
  const auto copy = [&](size_t at) {
    uint64_t word = 0;
    std::memcpy(&word, from + at, sizeof word);
    std::memcpy(to + at, &word, sizeof word);
    // Sets the highest bit of the first byte that is 0; whether there are others is not asked.
    found |= (word - 0x0101010101010101) & ~word & 0x8080808080808080;
  };
  if (size < sizeof found) {
    for (size_t at = 0; at < size; at++) found |= (to[at] = from[at]) == 0;
    return found != 0;
  }
  for (size_t at = 0; at + sizeof found <= size; at += sizeof found) copy(at);
  copy(size - sizeof found);
  return found != 0;
}

// Appends text with a NUL in it.
void put_escaped(ByteBuffer *key, plug_bytes text) {
  const uint8_t type = PLUG_TEXT;
  put(key, &type, 1);
  const uint8_t *at = text.data;
  auto left = static_cast<size_t>(text.len);
  while (const void *nul = std::memchr(at, 0, left)) {
    static constexpr uint8_t kEscaped[] = {0, 0xff};
    const auto before = static_cast<size_t>(static_cast<const uint8_t *>(nul) - at);
    put(key, at, before);
    put(key, kEscaped, sizeof kEscaped);
    at += before + 1;
    left -= before + 1;
  }
  put(key, at, left);
  put(key, &kEndOfText, 1);
}

void put_text(ByteBuffer *key, plug_bytes text) {
  const auto size = static_cast<size_t>(text.len);
  uint8_t *const to = key->reserve(size + 2);
  if (!to) throw std::bad_alloc();
  if (copy_and_find_nul(to + 1, text.data, size)) {
    put_escaped(key, text);
    return;
  }
  to[0] = PLUG_TEXT;
  to[1 + size] = kEndOfText;
  key->commit(size + 2);
}

// Returns the begin of the step that holds a value.
int64_t cut(int64_t value, const Step &step) {
  switch (step.kind) {
    case Step::Kind::none:
      return value;
    case Step::Kind::log2:
      return value <= 0 ? 0 : static_cast<int64_t>(std::bit_floor(static_cast<uint64_t>(value)));
    case Step::Kind::width:
      break;
  }
  if (step.zone) return step.zone->cut(value, step.width, step.shift);
  const int64_t rest = rest_of(value, step.shift, step.width);
  // A step that begins before the first value of all is named by the value.
  int64_t begin = 0;
  return __builtin_sub_overflow(value, rest, &begin) ? value : begin;
}

double cut(double value, const Step &step) {
  // -0 and 0 are equal, so they are one group.
  if (value == 0) return 0;
  if (step.kind == Step::Kind::none || !std::isfinite(value)) return value;
  if (step.kind == Step::Kind::log2) return value <= 0 ? 0 : std::scalbn(1.0, std::ilogb(value));
  const auto begin_of = [&](double number) { return number * step.real_width / step.real_divisor; };
  double number = std::floor(value * step.real_divisor / step.real_width);
  // So far from 0 that doubles are no nearer to each other than steps: each value is its own step.
  if (!(std::fabs(number) < 0x1p52)) return value;
  // The quotient is rounded, but a value that is written as a step's begin is this begin: 0.3 is not in the step of
  // 0.2.
  if (begin_of(number + 1) <= value) number++;
  if (begin_of(number) > value) number--;
  const double begin = begin_of(number);
  return begin == 0 ? 0 : begin;
}

uint64_t ordered_bits(double real) {
  const auto bits = std::bit_cast<uint64_t>(real);
  return bits & kSign ? ~bits : bits | kSign;
}

double real_of(uint64_t ordered) { return std::bit_cast<double>(ordered & kSign ? ordered & ~kSign : ~ordered); }

}  // namespace

void append_value(uint32_t type, const plug_cell *cell, plug_bytes text, ByteBuffer *key) {
  if (!cell) {
    put(key, &kNull, 1);
  } else if (type == PLUG_TEXT) {
    put_text(key, text);
  } else if (type == PLUG_REAL) {
    put_number(key, type, ordered_bits(cell->real));
  } else {
    put_number(key, type, static_cast<uint64_t>(cell->integer) ^ kSign);
  }
}

void append_key(const std::vector<KeyColumn> &by, const Rows &rows, uint32_t row, ByteBuffer *key) {
  for (const KeyColumn &one : by) {
    const plug_column &column = rows.columns[one.column];
    if (!plug_has_value(&column, row)) {
      append_value(one.type, nullptr, {}, key);
      continue;
    }
    plug_cell cell = column.cells[row];
    if (one.type == PLUG_TEXT) {
      append_value(one.type, &cell, text_of(rows, cell.text), key);
      continue;
    }
    if (one.type == PLUG_REAL) cell.real = cut(cell.real, one.step);
    if (one.type != PLUG_REAL) cell.integer = cut(cell.integer, one.step);
    append_value(one.type, &cell, {}, key);
  }
}

bool read_key(const std::vector<KeyColumn> &by, std::span<const uint8_t> key, uint32_t row, Cells *cells,
              ByteBuffer *made) {
  size_t at = 0;
  for (size_t i = 0; i < by.size(); i++) {
    if (at == key.size()) return false;
    const uint8_t type = key[at++];
    if (type == 0) continue;
    if (type != by[i].type) return false;
    plug_cell cell{};
    if (type == PLUG_TEXT) {
      const size_t begin = made->size();
      for (;;) {
        const auto *nul =
            at < key.size() ? static_cast<const uint8_t *>(std::memchr(key.data() + at, 0, key.size() - at)) : nullptr;
        if (!nul) return false;
        const auto before = static_cast<size_t>(nul - (key.data() + at));
        const bool escaped = at + before + 1 < key.size() && nul[1] == 0xff;
        put(made, key.data() + at, before + (escaped ? 1 : 0));
        at += before + (escaped ? 2 : 1);
        if (!escaped) break;
      }
      if (made->size() > UINT32_MAX) throw std::bad_alloc();
      cell.text = {static_cast<uint32_t>(begin), static_cast<uint32_t>(made->size() - begin)};
    } else {
      if (key.size() - at < 8) return false;
      uint64_t ordered = 0;
      for (int digit = 0; digit < 8; digit++) ordered = ordered << 8 | key[at++];
      if (type == PLUG_REAL) {
        cell.real = real_of(ordered);
        if (std::isnan(cell.real)) return false;
      } else {
        cell.integer = static_cast<int64_t>(ordered ^ kSign);
      }
    }
    plug_set_value(&cells->column(i), row, cell);
  }
  return at == key.size();
}

}  // namespace plughost
