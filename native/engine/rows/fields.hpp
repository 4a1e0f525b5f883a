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

// Returns a name that two columns have, or nothing. [any]
std::optional<std::string> name_there_twice(const std::vector<Field> &fields);

// Returns the columns that `call(index, field)` gives for 0, 1, … until it returns 0; it returns 1 for a column. Throws
// StageFailure when the plugin fails, or names what is no column. [any]
std::vector<Field> read_fields(const StagePlugin &plugin, const char *operation,
                               const std::function<int32_t(uint32_t, plug_field *)> &call);

// Returns whether rows can have these columns: their names differ, and each has a type. [any]
bool are_columns_of_rows(const std::vector<Field> &fields);

// Does the same for columns that rows have, whose names differ, and which have a type each. A reader may ask for one
// name by several types, and for the parser's own one. [any]
std::vector<Field> read_unique_fields(const StagePlugin &plugin, const char *operation,
                                      const std::function<int32_t(uint32_t, plug_field *)> &call);

}  // namespace plughost
