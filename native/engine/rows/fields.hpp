// The columns that a plugin of this process names.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "engine/rows/schema.hpp"
#include "engine/stages/plugin_call.hpp"

namespace plughost {

// The most columns that a plugin may name, and the most bytes of a name.
constexpr uint32_t kMaxFields = 1024;
constexpr size_t kMaxFieldName = 255;

// Returns the rule that a column breaks which a plugin named, or null. [any]
const char *broken_rule_of_field(const Field &field);

// Returns the rule that columns of rows break, or nothing: their names differ, and each has a type. [any]
std::optional<std::string> broken_rule_of_columns(const std::vector<Field> &fields);

// Returns the columns that `call(index, field)` gives for 0, 1, … until it returns 0; it returns 1 for a column. Throws
// StageFailure when the plugin fails, or names what is no column. [any]
std::vector<Field> read_fields(const StagePlugin &plugin, const char *operation,
                               const std::function<int32_t(uint32_t, plug_field *)> &call);

// Does the same for columns that rows have, whose names differ, and which have a type each. Columns that a plugin reads
// need neither: it may ask for one name by several types, and for the type that the parser has. [any]
std::vector<Field> read_unique_fields(const StagePlugin &plugin, const char *operation,
                                      const std::function<int32_t(uint32_t, plug_field *)> &call);

}  // namespace plughost
