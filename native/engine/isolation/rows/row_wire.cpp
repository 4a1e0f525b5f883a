#include "engine/isolation/rows/row_wire.hpp"

#include <algorithm>
#include <cstring>

#include "engine/rows/fields.hpp"

namespace plughost::isolation {
namespace {

void append(uint32_t type, std::string_view name, std::string *to) {
  to->push_back(static_cast<char>('0' + type));
  to->append(name).push_back('\0');
}

}  // namespace

std::string text_of_columns(std::span<const Field> columns) {
  std::string text;
  for (const Field &column : columns) append(column.type, column.name, &text);
  return text;
}

std::string text_of_columns(const plug_schema &schema) {
  std::string text;
  for (uint32_t i = 0; i < schema.count; i++) append(schema.fields[i]->type, schema.fields[i]->name, &text);
  return text;
}

std::optional<std::vector<Field>> columns_of_text(std::string_view text, size_t most) {
  std::vector<Field> columns;
  while (!text.empty()) {
    const size_t end = text.find('\0');
    if (end == std::string_view::npos || end < 1 || text[0] < '0' || columns.size() == most) return std::nullopt;
    columns.push_back({std::string(text.substr(1, end - 1)), static_cast<uint32_t>(text[0] - '0')});
    text.remove_prefix(end + 1);
  }
  return columns;
}

std::string text_of_names(const NamedColumns &names) {
  const std::string columns = text_of_columns(names.columns);
  const NamesHead head{names.revision, static_cast<uint32_t>(columns.size())};
  std::string text(reinterpret_cast<const char *>(&head), sizeof head);
  return text.append(columns).append(text_of_columns(names.outputs));
}

std::optional<NamedColumns> names_of_text(std::string_view text) {
  NamesHead head{};
  if (text.size() < sizeof head) return std::nullopt;
  std::memcpy(&head, text.data(), sizeof head);
  text.remove_prefix(sizeof head);
  if (head.columns > text.size()) return std::nullopt;
  auto columns = columns_of_text(text.substr(0, head.columns), kMaxFields);
  auto outputs = columns_of_text(text.substr(head.columns), kMaxFields);
  if (!columns || !outputs) return std::nullopt;
  for (const auto *fields : {&*columns, &*outputs})
    if (std::ranges::any_of(*fields, broken_rule_of_field)) return std::nullopt;
  if (broken_rule_of_columns(*outputs)) return std::nullopt;
  return NamedColumns{std::move(*columns), std::move(*outputs), head.revision};
}

}  // namespace plughost::isolation
