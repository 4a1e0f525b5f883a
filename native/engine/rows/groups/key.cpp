#include "engine/rows/groups/key.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <new>

namespace plughost {
namespace {

constexpr uint64_t kSign = uint64_t{1} << 63;

void put(ByteBuffer *key, const void *bytes, size_t size) {
  if (!key->append(bytes, size)) throw std::bad_alloc();
}

void put_number(ByteBuffer *key, uint32_t type, uint64_t ordered) {
  uint8_t bytes[9] = {static_cast<uint8_t>(type)};
  for (int i = 0; i < 8; i++) bytes[1 + i] = static_cast<uint8_t>(ordered >> (56 - 8 * i));
  put(key, bytes, sizeof bytes);
}

void put_text(ByteBuffer *key, plug_bytes text) {
  const uint8_t *at = text.data;
  auto left = static_cast<size_t>(text.len);
  bool is_first = true;
  for (;;) {
    const void *nul = left > 0 ? std::memchr(at, 0, left) : nullptr;
    const size_t before = nul ? static_cast<size_t>(static_cast<const uint8_t *>(nul) - at) : left;
    // The type, the bytes as far as the next NUL, and that NUL as 00 FF or the end as 00.
    uint8_t *to = key->reserve(before + 3);
    if (!to) throw std::bad_alloc();
    const uint8_t *const begin = to;
    if (is_first) *to++ = PLUG_TEXT;
    if (before > 0) to = std::copy_n(at, before, to);
    *to++ = 0;
    if (nul) *to++ = 0xff;
    key->commit(static_cast<size_t>(to - begin));
    if (!nul) return;
    at += before + 1;
    left -= before + 1;
    is_first = false;
  }
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
  // The sums below leave the range only within one step of its ends; such a value is its own step.
  int64_t shifted = 0;
  if (__builtin_add_overflow(value, step.shift, &shifted)) return value;
  int64_t rest = shifted % step.width;
  if (rest < 0) rest += step.width;
  int64_t begin = 0;
  return __builtin_sub_overflow(value, rest, &begin) ? value : begin;
}

double cut(double value, const Step &step) {
  if (step.kind == Step::Kind::none || !std::isfinite(value)) return value;
  if (step.kind == Step::Kind::log2) return value <= 0 ? 0 : std::scalbn(1.0, std::ilogb(value));
  const double begin = std::floor(value / step.real_width) * step.real_width;
  return begin == 0 ? 0 : begin;
}

uint64_t ordered_bits(double real) {
  const auto bits = std::bit_cast<uint64_t>(real);
  return bits & kSign ? ~bits : bits | kSign;
}

double real_of(uint64_t ordered) { return std::bit_cast<double>(ordered & kSign ? ordered & ~kSign : ~ordered); }

}  // namespace

void append_value(uint32_t type, const plug_cell *cell, plug_bytes text, ByteBuffer *key) {
  static constexpr uint8_t kNull = 0;
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
