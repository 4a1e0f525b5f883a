// Conversions of a parser's cells into the types that readers ask for, beside plain code that reads and writes one
// value at a time. Input: the types of the columns, a kind and a value for each cell, then the block, whose lines hold
// the texts.
#include <cerrno>
#include <cmath>
#include <cstring>
#include <optional>
#include <string>

#include "engine/rows/check_cells.hpp"
#include "engine/rows/reading/conversions.hpp"
#include "fuzz.hpp"

using namespace plughost;

namespace {

constexpr uint32_t kMostRows = 70;
constexpr uint32_t kMostColumns = 4;

// A value of one cell, with its text.
struct Value {
  plug_cell cell{};
  std::string text;
};

using MaybeValue = std::optional<Value>;

Value of_integer(int64_t integer) {
  Value value;
  value.cell.integer = integer;
  return value;
}

Value of_real(double real) {
  Value value;
  value.cell.real = real == 0 ? 0 : real;
  return value;
}

Value of_text(std::string text) { return {{}, std::move(text)}; }

// Whether a text is a decimal number, with a fraction and an exponent or without.
bool is_decimal(const std::string &text, bool real) {
  const char *at = text.c_str();
  const auto digits = [&at] {
    const char *const begin = at;
    while (*at >= '0' && *at <= '9') at++;
    return at > begin;
  };
  at += *at == '+' || *at == '-';
  bool some = digits();
  if (real) {
    at += *at == '.';
    some |= digits();
    if (some && (*at == 'e' || *at == 'E')) {
      at++;
      at += *at == '+' || *at == '-';
      some = digits();
    }
  }
  return some && at == text.c_str() + text.size();
}

MaybeValue read(const std::string &text, uint32_t to) {
  if (to == PLUG_BOOLEAN) {
    if (text != "true" && text != "1" && text != "false" && text != "0") return std::nullopt;
    return of_integer(text == "true" || text == "1");
  }
  if (!is_decimal(text, to == PLUG_REAL)) return std::nullopt;
  errno = 0;
  if (to == PLUG_INTEGER) {
    const long long integer = std::strtoll(text.c_str(), nullptr, 10);
    return errno == 0 ? MaybeValue(of_integer(integer)) : std::nullopt;
  }
  // A number below the smallest double is out of range, too: it would be another number.
  const double real = std::strtod(text.c_str(), nullptr);
  return errno == ERANGE && (std::isinf(real) || real == 0) ? std::nullopt : MaybeValue(of_real(real));
}

MaybeValue expected(const Value &from, uint32_t type, uint32_t to) {
  if (type == PLUG_TEXT) return read(from.text, to);
  if (to == PLUG_TEXT) {
    if (type == PLUG_BOOLEAN) return of_text(from.cell.integer ? "true" : "false");
    return of_text(type == PLUG_INTEGER ? std::to_string(from.cell.integer) : "");  // others are read back instead
  }
  if (to == PLUG_REAL) return of_real(static_cast<double>(from.cell.integer));
  int64_t integer = from.cell.integer;
  if (type == PLUG_REAL) {
    const double real = from.cell.real;
    if (std::trunc(real) != real || real < -0x1p63 || real >= 0x1p63) return std::nullopt;
    integer = static_cast<int64_t>(real);
  }
  return to == PLUG_BOOLEAN && integer != 0 && integer != 1 ? std::nullopt : MaybeValue(of_integer(integer));
}

// Values at the edges of the types.
constexpr const char *kTexts[] = {"9223372036854775807",
                                  "9223372036854775808",
                                  "-9223372036854775808",
                                  "-9223372036854775809",
                                  "1e308",
                                  "1.8e308",
                                  "5e-324",
                                  "1e-400",
                                  "0.1",
                                  "-0",
                                  "inf",
                                  "nan",
                                  "0x10",
                                  "true",
                                  "False",
                                  "1 ",
                                  "+-1",
                                  "1e",
                                  "00012",
                                  "."};
constexpr int64_t kIntegers[] = {INT64_MIN, INT64_MIN + 1, INT64_MAX, (int64_t{1} << 53) + 1, 0, 1, 2};
constexpr double kReals[] = {-0x1p63, 0x1p63, 0x1p62, 5e-324, 1.7976931348623157e308,
                             0.1,     0.3,    1,      1e22,   123456789012345680};

// Returns a number: a small one, one at an edge, or one whose bits are the input's.
Value number_of(fuzz::Settings *settings, uint32_t type) {
  const uint32_t kind = settings->byte() % 3;
  const bool small = kind == 0;
  if (kind == 1 && type == PLUG_REAL) return of_real(kReals[settings->byte() % std::size(kReals)]);
  if (kind == 1 && type != PLUG_BOOLEAN) return of_integer(kIntegers[settings->byte() % std::size(kIntegers)]);
  uint64_t bits = 0;
  for (int i = 0; i < (small ? 1 : 8); i++) bits = bits << 8 | settings->byte();
  if (type == PLUG_BOOLEAN) return of_integer(bits % 2);
  if (type != PLUG_REAL) return of_integer(static_cast<int64_t>(bits) - (small ? 128 : 0));
  double real = static_cast<double>(bits) / 4 - 32;
  if (!small) std::memcpy(&real, &bits, sizeof real);
  return of_real(std::isnan(real) || std::isinf(real) ? 0 : real);
}

// Whether a text in RFC 3339 says a time. The engine's own reader is in the parsers, so this computes the days itself.
bool says_time(const std::string &text, int64_t ns) {
  int year, month, day, hour, minute, second, read = 0;
  if (std::sscanf(text.c_str(), "%4d-%2d-%2dT%2d:%2d:%2d%n", &year, &month, &day, &hour, &minute, &second, &read) != 6)
    return false;
  int64_t fraction = 0;
  size_t at = static_cast<size_t>(read);
  if (at < text.size() && text[at] == '.') {
    int64_t unit = 100'000'000;
    for (at++; at < text.size() && text[at] >= '0' && text[at] <= '9'; at++, unit /= 10)
      fraction += unit * (text[at] - '0');
  }
  if (text.substr(at) != "Z") return false;
  const int64_t y = year - (month <= 2), era = (y >= 0 ? y : y - 399) / 400, of_era = y - era * 400;
  const int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  const int64_t days = era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
  const __int128 whole = static_cast<__int128>(days * 86400 + hour * 3600 + minute * 60 + second) * 1'000'000'000;
  return whole + fraction == ns;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  fuzz::Settings settings(data, size);
  std::vector<Field> own, wanted;
  const uint32_t columns = settings.number(1, kMostColumns);
  for (uint32_t i = 0; i < columns; i++) {
    const std::string name(1, static_cast<char>('a' + i));
    own.push_back({name, settings.number(PLUG_TEXT, PLUG_BOOLEAN)});
    wanted.push_back({name, settings.number(PLUG_TEXT, PLUG_BOOLEAN)});
  }
  const Schema schema(wanted);
  auto asked = Conversions::fields_to_ask(own, schema);
  bool differ = false, possible = true;
  for (uint32_t i = 0; i < columns; i++) {
    differ |= own[i].type != wanted[i].type;
    if (own[i].type == wanted[i].type) continue;
    possible &= wanted[i].type != PLUG_TIME && (own[i].type != PLUG_TIME || wanted[i].type == PLUG_TEXT);
  }
  REQUIRE(asked.has_value() == (differ && possible));
  REQUIRE(Conversions::impossible(own, schema).empty() == possible);
  if (!asked) return 0;

  std::vector<std::vector<MaybeValue>> values(columns, std::vector<MaybeValue>(kMostRows));
  std::vector<std::vector<uint32_t>> places(columns, std::vector<uint32_t>(kMostRows));
  const uint32_t most = settings.number(1, kMostRows);
  for (auto &column : values)
    for (uint32_t row = 0; row < most; row++) {
      const uint32_t type = own[static_cast<size_t>(&column - values.data())].type;
      const uint32_t kind = settings.byte() % 8;
      if (kind == 0) continue;
      column[row] = type == PLUG_TEXT ? Value() : number_of(&settings, type);
      places[static_cast<size_t>(&column - values.data())][row] = kind;
    }

  // The lines, and the cells that a parser gives for them. A text is a part of its line, or is made, perhaps one of
  // kTexts.
  const std::string block(settings.rest());
  const std::vector<std::string> texts = fuzz::lines_of(block);
  const auto rows = static_cast<uint32_t>(std::min<size_t>(texts.size(), most));
  if (rows == 0) return 0;
  std::vector<uint8_t> bytes(block.begin(), block.end());
  bytes.resize(block.size() + 64);
  std::vector<plug_span> spans;
  for (uint32_t row = 0, at = 0; row < rows; row++) {
    spans.push_back({at, static_cast<uint32_t>(texts[row].size())});
    at += static_cast<uint32_t>(texts[row].size()) + 1;
  }
  plug_lines lines{};
  lines.size = sizeof lines;
  lines.count = rows;
  lines.spans = spans.data();
  lines.block = {bytes.data(), block.size()};
  Cells cells(columns, kMostRows);
  MemorySink made;
  made.restart(1 << 20);
  for (uint32_t i = 0; i < columns; i++)
    for (uint32_t row = 0; row < rows; row++) {
      MaybeValue &value = values[i][row];
      if (!value) continue;
      if (own[i].type == PLUG_TEXT) {
        const uint32_t place = places[i][row];
        value->text = texts[row].substr(0, place % 2 ? texts[row].size() : texts[row].size() / 2);
        if (place >= 6 && !texts[row].empty())
          value->text = kTexts[static_cast<uint8_t>(texts[row][0]) % std::size(kTexts)];
        const auto length = static_cast<uint32_t>(value->text.size());
        value->cell.text = {spans[row].offset, length};
        if (place > 4) {
          value->cell.text.offset = static_cast<uint32_t>(block.size() + made.buffer().size());
          REQUIRE(made.buffer().append(value->text.data(), length));
        }
      }
      plug_set_value(&cells.column(i), row, value->cell);
    }

  Conversions(std::move(*asked), schema).apply(lines, &cells, &made);

  std::vector<uint64_t> fits(words_for(rows)), skipped(words_for(rows));
  for (uint32_t row = 0; row < rows; row++) fits[row / 64] |= uint64_t{1} << (row % 64);
  REQUIRE(!broken_rule_of_rows(lines, schema, &cells, {fits, skipped, {}}, made.buffer().size()));
  for (uint32_t i = 0; i < columns; i++)
    for (uint32_t row = 0; row < rows; row++) {
      const MaybeValue &before = values[i][row];
      const bool has = plug_has_value(&cells.column(i), row) != 0;
      const uint32_t from = own[i].type, to = wanted[i].type;
      const plug_cell cell = cells.column(i).cells[row];
      if (!before || from == to) {
        REQUIRE(has == before.has_value());
        continue;
      }
      const MaybeValue after = expected(*before, from, to);
      REQUIRE(has == after.has_value());
      if (!has) continue;
      if (to != PLUG_TEXT) {
        REQUIRE(std::memcmp(&cell, &after->cell, sizeof cell) == 0);
        continue;
      }
      REQUIRE(cell.text.offset >= block.size());
      const std::string text(
          reinterpret_cast<const char *>(made.buffer().bytes().data()) + (cell.text.offset - block.size()),
          cell.text.length);
      if (from == PLUG_REAL) {
        REQUIRE(is_decimal(text, true) && std::strtod(text.c_str(), nullptr) == before->cell.real);
      } else if (from == PLUG_TIME) {
        REQUIRE(says_time(text, before->cell.integer));
      } else {
        REQUIRE(text == after->text);
      }
    }
  return 0;
}
