// Fields of memory that a runner may change at any time.
#pragma once

#include <cstddef>
#include <cstring>
#include <string>

namespace plughost::isolation {

// The value of a field, read once.
template <typename Value>
Value once(const Value &field) {
  Value value;
  __atomic_load(const_cast<Value *>(&field), &value, __ATOMIC_RELAXED);
  return value;
}

template <size_t Size>
std::string text_of(const char (&text)[Size]) {
  return {text, strnlen(text, Size)};
}

}  // namespace plughost::isolation
