// Reads from memory that a runner may change at any time.
#pragma once

#include <cstddef>
#include <cstring>
#include <string>

namespace plughost::isolation {

// Returns a copy of a field. The field is read exactly once, so the value that is checked is the value that is used.
template <typename Value>
Value read_once(const Value &field) {
  Value value;
  __atomic_load(const_cast<Value *>(&field), &value, __ATOMIC_RELAXED);
  return value;
}

// Returns the text of a field, up to its first NUL or to the end of the field.
template <size_t Size>
std::string bounded_text(const char (&field)[Size]) {
  return {field, strnlen(field, Size)};
}

}  // namespace plughost::isolation
