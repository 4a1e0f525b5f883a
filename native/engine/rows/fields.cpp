#include "engine/rows/fields.hpp"

#include <cstring>
#include <string_view>
#include <unordered_set>

#include "base/utf8.hpp"
#include "engine/plugin/crash_report.hpp"

namespace plughost {

const char *broken_rule_of_field(const Field &field) {
  if (field.type > PLUG_BOOLEAN) return "it names a column of a type that there is not";
  if (field.name.empty() || field.name.size() > kMaxFieldName)
    return "it names a column with a name that is empty or longer than 255 bytes";
  for (const char letter : field.name)
    if (static_cast<unsigned char>(letter) < 0x20 || letter == 0x7f)
      return "it names a column with a control character in its name";
  return is_utf8(field.name) ? nullptr : "it names a column with a name that is not UTF-8";
}

std::optional<std::string> broken_rule_of_columns(const std::vector<Field> &fields) {
  std::unordered_set<std::string_view> names;
  for (const Field &field : fields)
    if (!names.insert(field.name).second) return "it names two columns " + field.name;
  for (const Field &field : fields)
    if (field.type == PLUG_ANY) return "it names the column " + field.name + " without a type";
  return std::nullopt;
}

std::vector<Field> read_fields(const StagePlugin &plugin, const char *operation,
                               const std::function<int32_t(uint32_t, plug_field *)> &call) {
  std::vector<Field> fields;
  const PluginCallScope scope(plugin.label.c_str(), operation);
  for (uint32_t index = 0;; index++) {
    throw_if_broken(plugin, operation);
    plug_field described{sizeof(plug_field), PLUG_ANY, nullptr, nullptr};
    const int32_t answer = call(index, &described);
    if (answer < 0) CallError().raise(plugin, operation, answer);
    if (answer == 0) return fields;
    if (answer > 1) raise_contract(plugin, operation, no_such_answer(answer));
    if (index == kMaxFields) raise_contract(plugin, operation, "it names more than 1024 columns");
    if (!described.name) raise_contract(plugin, operation, "it names a column without a name");
    Field field{std::string(described.name, strnlen(described.name, kMaxFieldName + 1)), described.type};
    if (const char *rule = broken_rule_of_field(field)) raise_contract(plugin, operation, rule);
    fields.push_back(std::move(field));
  }
}

std::vector<Field> read_unique_fields(const StagePlugin &plugin, const char *operation,
                                      const std::function<int32_t(uint32_t, plug_field *)> &call) {
  auto fields = read_fields(plugin, operation, call);
  if (const auto rule = broken_rule_of_columns(fields)) raise_contract(plugin, operation, *rule);
  return fields;
}

}  // namespace plughost
