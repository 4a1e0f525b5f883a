// Reads the fields of an object that JavaScript passes, and refuses what has the wrong type.
#pragma once

#include <napi.h>

#include <cstdint>
#include <string>
#include <vector>

#include "base/named_enum.hpp"

namespace plughost::addon {

// Every method but the constructor reads one field and throws Napi::TypeError, which names the field by its path, when
// the value has another type or lies outside of its range. [control]
class ObjectReader {
 public:
  // The largest whole number that JavaScript counts to without gaps.
  static constexpr double kMaxSafe = 9007199254740991.0;

  // `path` names the object in messages. Throws Napi::TypeError when the value is no object.
  ObjectReader(const Napi::Value &value, std::string path);

  Napi::Env env() const { return object_.Env(); }
  bool has(const char *name) const { return object_.Has(name); }
  Napi::Value value(const char *name) const { return object_.Get(name); }
  bool flag(const char *name) const;
  std::string text(const char *name) const;
  // A whole number from 0 to `most`.
  uint64_t whole(const char *name, double most = kMaxSafe) const;
  // A number from 0 to `most`, perhaps with a fraction.
  double number(const char *name, double most = kMaxSafe) const;
  // The name of a value of a named enumeration; `wanted` lists the names.
  template <typename Enum>
  Enum enumerator(const char *name, const char *wanted) const {
    const auto value = enumerator_of<Enum>(text(name));
    if (!value) refuse(name, wanted);
    return *value;
  }
  ObjectReader object(const char *name) const;
  std::vector<std::string> texts(const char *name) const;
  // Calls `take` with each element of an array and its path.
  template <typename Take>
  void each(const char *name, Take take) const {
    const Napi::Array array = this->array(name);
    for (uint32_t i = 0; i < array.Length(); i++) take(array.Get(i), path_of(name) + "[" + std::to_string(i) + "]");
  }

  std::string path_of(const char *name) const { return path_ + "." + name; }
  [[noreturn]] void refuse(const char *name, const char *wanted) const;

 private:
  Napi::Array array(const char *name) const;

  const Napi::Object object_;
  const std::string path_;
};

}  // namespace plughost::addon
