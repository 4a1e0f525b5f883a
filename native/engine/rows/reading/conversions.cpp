#include "engine/rows/reading/conversions.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <new>
#include <string_view>

#include "engine/rows/time/local_time.hpp"

namespace plughost {
namespace {

// A value that is no text, or the text of one.
using Digits = char[kMaxLocalTime];

bool is_number_or_text(uint32_t type) {
  return type == PLUG_TEXT || type == PLUG_INTEGER || type == PLUG_REAL || type == PLUG_BOOLEAN;
}

bool converts(uint32_t from, uint32_t to) {
  return (from == PLUG_TIME && to == PLUG_TEXT) || (is_number_or_text(from) && is_number_or_text(to));
}

// Returns the own type of a wanted column, or the wanted one if the parser does not list it by another.
uint32_t own_type(const std::vector<Field> &own, const Field &wanted) {
  const auto known = std::ranges::find(own, wanted.name, &Field::name);
  return known == own.end() || wanted.type == PLUG_ANY ? wanted.type : known->type;
}

std::optional<plug_cell> cell_of(int64_t integer) {
  plug_cell cell;
  cell.integer = integer;
  return cell;
}

std::optional<plug_cell> cell_of(double real) {
  plug_cell cell;
  cell.real = real + 0.0;  // without the sign of a zero
  return cell;
}

// Reads a whole text as a decimal number, perhaps with a sign. Returns nothing if it is none, or leaves the type.
template <typename Number>
std::optional<Number> number_of(std::string_view text) {
  if (text.starts_with('+') && !text.starts_with("+-")) text.remove_prefix(1);
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::optional<plug_cell> read(std::string_view text, uint32_t type) {
  if (type == PLUG_BOOLEAN) {
    if (text == "true" || text == "1") return cell_of(int64_t{1});
    if (text == "false" || text == "0") return cell_of(int64_t{0});
    return std::nullopt;
  }
  if (type == PLUG_INTEGER) {
    const auto integer = number_of<int64_t>(text);
    return integer ? cell_of(*integer) : std::nullopt;
  }
  const auto real = number_of<double>(text);
  return real && std::isfinite(*real) ? cell_of(*real) : std::nullopt;
}

// Turns a value that is no text into another one.
std::optional<plug_cell> number_as(plug_cell cell, uint32_t from, uint32_t to) {
  constexpr double kEnd = 0x1p63;
  const bool is_real = from == PLUG_REAL;
  if (to == PLUG_REAL) return is_real ? cell : cell_of(static_cast<double>(cell.integer));
  if (is_real && (cell.real != std::floor(cell.real) || cell.real < -kEnd || cell.real >= kEnd)) return std::nullopt;
  const int64_t integer = is_real ? static_cast<int64_t>(cell.real) : cell.integer;
  return to == PLUG_BOOLEAN && integer != 0 && integer != 1 ? std::nullopt : cell_of(integer);
}

// Writes a real number with as few digits as are needed to read the same number again.
char *put_real(double real, char *to, char *end) {
  for (int digits = 15;; digits++) {
    char *const after = std::to_chars(to, end, real, std::chars_format::general, digits).ptr;
    if (digits == 17 || number_of<double>({to, after}) == real) return after;
  }
}

std::string_view text_of(plug_cell cell, uint32_t type, Digits &digits) {
  if (type == PLUG_BOOLEAN) return cell.integer ? "true" : "false";
  if (type == PLUG_TIME) {
    const size_t length = write_local_time(cell.integer, 0, digits) - std::string_view("+00:00").size();
    digits[length] = 'Z';
    return {digits, length + 1};
  }
  char *const end = digits + sizeof digits;
  return {digits, type == PLUG_REAL ? put_real(cell.real, digits, end) : std::to_chars(digits, end, cell.integer).ptr};
}

std::string_view bytes_of(plug_span text, const plug_lines &lines, const MemorySink &made) {
  const uint64_t block = lines.block.len;
  const auto *bytes =
      text.offset < block ? lines.block.data + text.offset : made.buffer().bytes().data() + (text.offset - block);
  return {reinterpret_cast<const char *>(bytes), text.length};
}

plug_cell make_text(std::string_view text, const plug_lines &lines, MemorySink *made) {
  const uint64_t offset = lines.block.len + made->buffer().size();
  if (offset + text.size() > UINT32_MAX) throw std::bad_alloc();
  plug_sink *const sink = made->address();
  sink->write(sink, text.data(), text.size());  // the caller sees what the sink refused
  plug_cell cell;
  cell.text = {static_cast<uint32_t>(offset), static_cast<uint32_t>(text.size())};
  return cell;
}

}  // namespace

std::optional<std::vector<Field>> Conversions::fields_to_ask(const std::vector<Field> &own, const Schema &wanted) {
  std::vector<Field> fields = wanted.fields();
  bool differ = false;
  for (Field &field : fields) {
    const uint32_t type = own_type(own, field);
    if (type == field.type) continue;
    if (!converts(type, field.type)) return std::nullopt;
    field.type = type;
    differ = true;
  }
  return differ ? std::optional(std::move(fields)) : std::nullopt;
}

std::string Conversions::impossible(const std::vector<Field> &own, const Schema &wanted) {
  constexpr const char *kNames[] = {"of any type", "a text", "an integer", "a real number", "a time", "a boolean"};
  for (const Field &field : wanted.fields()) {
    const uint32_t type = own_type(own, field);
    if (type != field.type && !converts(type, field.type))
      return field.name + " is " + kNames[type] + ", and it is asked for as " + kNames[field.type];
  }
  return "";
}

void Conversions::apply(const plug_lines &lines, Cells *cells, MemorySink *made) const {
  for (size_t i = 0; i < wanted_.size(); i++) {
    const uint32_t from = given_.fields()[i].type;
    const uint32_t to = wanted_.fields()[i].type;
    if (from == to) continue;
    const plug_column &column = cells->column(i);
    each_bit(cells->valid(i, lines.count), [&](uint32_t row) {
      plug_cell &cell = column.cells[row];
      std::optional<plug_cell> other;
      Digits digits;
      if (to == PLUG_TEXT)
        other = make_text(text_of(cell, from, digits), lines, made);
      else if (from == PLUG_TEXT)
        other = read(bytes_of(cell.text, lines, *made), to);
      else
        other = number_as(cell, from, to);
      if (other)
        cell = *other;
      else
        column.valid[row / 64] &= ~(uint64_t{1} << (row % 64));
    });
  }
}

}  // namespace plughost
