// Keys of groups: their order is that of the values, they are read as what was written, a step of a step is itself, and
// bytes are a key only if they are written so. Input: types and steps of columns, then the values of two rows.
#include <cmath>
#include <compare>
#include <cstring>
#include <limits>
#include <optional>

#include "engine/rows/groups/key.hpp"
#include "fuzz.hpp"

using namespace plughost;

namespace {

constexpr uint32_t kRows = 2;

template <typename T>
T take(fuzz::Settings *settings) {
  uint8_t bytes[sizeof(T)];
  for (uint8_t &byte : bytes) byte = static_cast<uint8_t>(settings->byte());
  T value;
  std::memcpy(&value, bytes, sizeof value);
  return value;
}

// Two rows of values. The block is empty, and their texts are in `made`.
struct TwoRows {
  explicit TwoRows(std::vector<KeyColumn> columns) : by(std::move(columns)), cells(by.size(), kRows) {}

  Rows rows() { return {content, lines, 0, cells.columns(), {made.bytes().data(), made.size()}}; }

  const std::vector<KeyColumn> by;
  Cells cells;
  ByteBuffer made;
  Content content;
  plug_lines lines{};
};

Step step_of(uint32_t type, fuzz::Settings *settings) {
  static const auto zone = std::make_shared<const Zone>(std::vector<ZoneOffset>{
      {0, 3'600'000'000'000}, {1'000'000'000'000'000'000, 7'200'000'000'000}, {1'100'000'000'000'000'000, 0}});
  Step step;
  if (type == PLUG_TEXT || type == PLUG_BOOLEAN) return step;
  step.kind = static_cast<StepKind>(settings->byte() % 3);
  if (step.kind != StepKind::width) return step;
  static constexpr int64_t kWidths[] = {
      1, 7, 1000, 60'000'000'000, 3'600'000'000'000, 24 * 3'600'000'000'000, 7 * 24 * 3'600'000'000'000};
  step.width = kWidths[settings->byte() % std::size(kWidths)];
  step.real_width = static_cast<double>(step.width);
  step.real_divisor = 8;
  if (type != PLUG_TIME) return step;
  if (step.width == kWidths[6]) step.shift = 3 * kWidths[5];
  if (settings->byte() % 2 == 1) step.zone = zone;
  return step;
}

void fill(TwoRows *two, fuzz::Settings *settings) {
  for (uint32_t row = 0; row < kRows; row++) {
    for (size_t i = 0; i < two->by.size(); i++) {
      const uint32_t kind = settings->byte() % 8;
      if (kind == 0) continue;
      plug_cell cell{};
      switch (two->by[i].type) {
        case PLUG_TEXT: {
          const uint32_t length = settings->byte() % 9;
          const size_t begin = two->made.size();
          for (uint32_t at = 0; at < length; at++) {
            const auto byte = static_cast<uint8_t>(settings->byte());
            REQUIRE(two->made.append(&byte, 1));
          }
          cell.text = {static_cast<uint32_t>(begin), length};
          break;
        }
        case PLUG_REAL:
          cell.real = kind < 4 ? take<int8_t>(settings) / 8.0 : take<double>(settings);
          // Parsers give no NaN and no negative zero.
          if (std::isnan(cell.real) || cell.real == 0) cell.real = 0;
          break;
        case PLUG_BOOLEAN:
          cell.integer = kind % 2;
          break;
        default:
          cell.integer = kind < 4 ? take<int8_t>(settings) : take<int64_t>(settings);
      }
      plug_set_value(&two->cells.column(i), row, cell);
    }
  }
}

ByteBuffer key_of(TwoRows *two, uint32_t row) {
  ByteBuffer key;
  append_key(two->by, two->rows(), row, &key);
  return key;
}

int signum(int number) { return (number > 0) - (number < 0); }

int order_of_bytes(std::span<const uint8_t> a, std::span<const uint8_t> b) {
  const size_t both = std::min(a.size(), b.size());
  if (const int order = both > 0 ? std::memcmp(a.data(), b.data(), both) : 0) return signum(order);
  return (a.size() > b.size()) - (a.size() < b.size());
}

// Returns how two rows whose values are cut already compare.
int order_of_values(TwoRows *two) {
  for (size_t i = 0; i < two->by.size(); i++) {
    const plug_column &column = two->cells.column(i);
    const bool has[2] = {plug_has_value(&column, 0) != 0, plug_has_value(&column, 1) != 0};
    if (has[0] != has[1]) return has[0] ? 1 : -1;
    if (!has[0]) continue;
    const plug_cell a = column.cells[0], b = column.cells[1];
    int order = 0;
    if (two->by[i].type == PLUG_TEXT) {
      const auto bytes = two->made.bytes();
      order = order_of_bytes(bytes.subspan(a.text.offset, a.text.length), bytes.subspan(b.text.offset, b.text.length));
    } else if (two->by[i].type == PLUG_REAL) {
      order = (a.real > b.real) - (a.real < b.real);
    } else {
      order = (a.integer > b.integer) - (a.integer < b.integer);
    }
    if (order != 0) return order;
  }
  return 0;
}

// Returns rows with the values that the keys of these rows have.
std::optional<ByteBuffer> read_and_write(const std::vector<KeyColumn> &by, std::span<const uint8_t> key) {
  TwoRows read(by);
  if (!read_key(by, key, 0, &read.cells, &read.made)) return std::nullopt;
  // Without their steps: they were cut before they became a key.
  std::vector<KeyColumn> plain = by;
  for (KeyColumn &column : plain) column.step = {};
  ByteBuffer again;
  append_key(plain, read.rows(), 0, &again);
  return again;
}

bool same(std::span<const uint8_t> a, std::span<const uint8_t> b) { return order_of_bytes(a, b) == 0; }

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  fuzz::Settings settings(data, size);
  std::vector<KeyColumn> by(settings.number(1, 4));
  for (uint32_t i = 0; i < by.size(); i++) {
    const uint32_t type = settings.number(PLUG_TEXT, PLUG_BOOLEAN);
    by[i] = {i, type, step_of(type, &settings)};
  }
  TwoRows two(by);
  fill(&two, &settings);

  const ByteBuffer keys[kRows] = {key_of(&two, 0), key_of(&two, 1)};
  for (const ByteBuffer &key : keys) {
    const auto again = read_and_write(by, key.bytes());
    REQUIRE(again && same(again->bytes(), key.bytes()));
  }
  // The values as they are after the cut, and their keys once more.
  TwoRows cut(by);
  for (uint32_t row = 0; row < kRows; row++) REQUIRE(read_key(by, keys[row].bytes(), row, &cut.cells, &cut.made));
  REQUIRE(order_of_values(&cut) == order_of_bytes(keys[0].bytes(), keys[1].bytes()));
  for (const KeyColumn &column : by) {
    // A step of reals that is not a sum of powers of two is rounded, and clocks that change have two begins.
    if (column.step.zone || (column.type == PLUG_REAL && column.step.kind == StepKind::width)) return 0;
  }
  for (uint32_t row = 0; row < kRows; row++) REQUIRE(same(key_of(&cut, row).bytes(), keys[row].bytes()));

  // Any bytes: they are a key only if they are what is written for its values.
  const std::string_view rest = settings.rest();
  const std::vector<uint8_t> bytes(rest.begin(), rest.end());
  const auto again = read_and_write(by, bytes);
  REQUIRE(!again || same(again->bytes(), bytes));
  return 0;
}
