// Enumerations whose values cross a border: to TypeScript by name, or to another process by number. Each is one list,
// from which the names follow; scripts/generate/enums.mjs gives the same list to TypeScript.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace plughost {

// The names in a list of enumerators, as the preprocessor writes it: "input, no_decoder, auto_".
class EnumNames {
 public:
  explicit constexpr EnumNames(std::string_view list) : list_(list) {}

  constexpr size_t size() const {
    size_t count = 1;
    for (const char c : list_) count += c == ',';
    return count;
  }
  // Returns a name as other languages write it: `no-decoder` for no_decoder, `auto` for auto_, which C++ reserves. An
  // index outside of the list gives a word that nobody knows: TypeScript refuses it with a coded error.
  std::string at(size_t index) const {
    if (index >= size()) return "unknown (" + std::to_string(index) + ")";
    std::string_view rest = list_;
    for (; index > 0; index--) rest.remove_prefix(rest.find(',') + 2);
    std::string name(rest.substr(0, rest.find(',')));
    if (name.ends_with('_')) name.pop_back();
    for (char &c : name)
      if (c == '_') c = '-';
    return name;
  }

 private:
  std::string_view list_;
};

// Defines `enum class Enum : uint32_t` with these enumerators, numbered from 0, and their names.
#define PLUGHOST_NAMED_ENUM(Enum, ...)        \
  enum class Enum : uint32_t { __VA_ARGS__ }; \
  constexpr EnumNames names_of(Enum) { return EnumNames(#__VA_ARGS__); }

template <typename Enum>
std::string name_of(Enum value) {
  return names_of(value).at(static_cast<size_t>(value));
}

// Whether a value that came from outside is one of the enumeration's.
template <typename Enum>
constexpr bool is_known(Enum value) {
  return static_cast<size_t>(value) < names_of(value).size();
}

// Returns the value of a name; nothing for a name that the enumeration does not have.
template <typename Enum>
std::optional<Enum> enumerator_of(std::string_view name) {
  for (size_t i = 0; i < names_of(Enum{}).size(); i++)
    if (name == names_of(Enum{}).at(i)) return static_cast<Enum>(i);
  return std::nullopt;
}

}  // namespace plughost
