// The rows of kinds.def as constants: what the struct of each kind of plugin must look like. Host and runner share
// them. The compiler checks here that the rows and the headers of the contract agree.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string_view>

#include "plughost/plughost.h"

namespace plughost::ipc {

// What the process of a plugin serves: control calls alone, or also the stage of one kind. The values are part of the
// protocol.
enum class Role : uint32_t {
  control,
#define PLUG_KIND(name, NAME, id, functions, flags, rules) name,
#include "plughost/kinds.def"
};

// The first fields of the struct of every kind. Only functions follow them.
struct KindHead {
  uint32_t size;
  uint32_t flags;
  void *(*state_new)(const plug_plugin *plugin, plug_error *error);
  void (*state_free)(const plug_plugin *plugin, void *state);
};

struct KindFunction {
  const char *name;
  size_t offset;  // of the pointer, in the struct
  bool mandatory;
};

// Two flags that a plugin may not set together.
struct ExclusiveFlags {
  uint32_t both;
  const char *one;
  const char *other;
};

struct Kind {
  const char *name;  // such as `filter`
  const char *type;  // such as `plug_filter`
  const char *id;    // of the extension
  size_t size;       // of the struct, as this build knows it
  size_t least;      // bytes; every plugin of the kind states this size or more
  std::initializer_list<KindFunction> functions;
  std::initializer_list<ExclusiveFlags> exclusive;
  uint32_t linewise;  // the bit of the flag LINEWISE; 0: the kind has no such flag
  uint32_t ordered;   // the bit of the flag ORDERED; 0: the kind has no such flag
};

namespace kinds {

// Whether each function follows the one before it, and the last one ends the struct.
constexpr bool are_in_order(std::initializer_list<KindFunction> functions, size_t size) {
  size_t end = sizeof(KindHead);
  for (const KindFunction &function : functions) {
    if (function.offset != end) return false;
    end += sizeof(void *);
  }
  return end == size;
}

constexpr size_t end_of_mandatory(std::initializer_list<KindFunction> functions) {
  size_t end = sizeof(KindHead);
  for (const KindFunction &function : functions)
    if (function.mandatory) end = function.offset + sizeof(void *);
  return end;
}

#define PLUG_MANDATORY(field) KindFunction{#field, offsetof(Struct, field), true},
#define PLUG_OPTIONAL(field) KindFunction{#field, offsetof(Struct, field), false},
#define PLUG_FLAG(NAME, FLAG, bit)                                              \
  static_assert(PLUG_##NAME##_##FLAG == (bit), "kinds.def: the bit of " #FLAG); \
  static constexpr uint32_t k##FLAG = bit;
#define PLUG_EXCLUSIVE(NAME, FLAG, OTHER) ExclusiveFlags{PLUG_##NAME##_##FLAG | PLUG_##NAME##_##OTHER, #FLAG, #OTHER},
#define PLUG_KIND(name_, NAME, id_, functions_, flags_, rules)                                                       \
  struct name_ {                                                                                                     \
    using Struct = plug_##name_;                                                                                     \
    static constexpr std::initializer_list<KindFunction> kFunctions = {functions_};                                  \
    static constexpr std::initializer_list<ExclusiveFlags> kExclusive = {rules};                                     \
    static_assert(std::string_view(id_) == PLUG_##NAME, "kinds.def: the id of plug_" #name_);                        \
    static_assert(offsetof(Struct, flags) == offsetof(KindHead, flags), "plug_" #name_ " begins as every kind");     \
    static_assert(offsetof(Struct, state_new) == offsetof(KindHead, state_new), "plug_" #name_ " has a state");      \
    static_assert(offsetof(Struct, state_free) == offsetof(KindHead, state_free), "plug_" #name_ " has a state");    \
    static_assert(are_in_order(kFunctions, sizeof(Struct)), "kinds.def: the functions of plug_" #name_);             \
    static_assert(end_of_mandatory(kFunctions) == PLUG_##NAME##_LEAST, "kinds.def: the least size of plug_" #name_); \
    flags_                                                                                                           \
  };
#include "plughost/kinds.def"

template <typename Row>
constexpr uint32_t linewise_bit() {
  if constexpr (requires { Row::kLINEWISE; }) return Row::kLINEWISE;
  return 0;
}

template <typename Row>
constexpr uint32_t ordered_bit() {
  if constexpr (requires { Row::kORDERED; }) return Row::kORDERED;
  return 0;
}

}  // namespace kinds

// In the order of the rows; that of role r is kKinds[r - 1].
inline constexpr Kind kKinds[] = {
#define PLUG_KIND(name, NAME, id, functions, flags, rules) \
  {#name,                                                  \
   "plug_" #name,                                          \
   id,                                                     \
   sizeof(plug_##name),                                    \
   PLUG_##NAME##_LEAST,                                    \
   kinds::name::kFunctions,                                \
   kinds::name::kExclusive,                                \
   kinds::linewise_bit<kinds::name>(),                     \
   kinds::ordered_bit<kinds::name>()},
#include "plughost/kinds.def"
};
constexpr size_t kKindCount = sizeof kKinds / sizeof kKinds[0];

// The role of a struct of the contract: role_of<plug_filter>.
template <typename Struct>
inline constexpr Role role_of = Role::control;
#define PLUG_KIND(name, NAME, id, functions, flags, rules) \
  template <>                                              \
  inline constexpr Role role_of<plug_##name> = Role::name;
#include "plughost/kinds.def"

// The place of a role's kind among the kinds. Control has none.
constexpr size_t kind_index(Role role) { return static_cast<size_t>(role) - 1; }

// `role` is not `control`.
constexpr const Kind &kind_of(Role role) { return kKinds[kind_index(role)]; }

}  // namespace plughost::ipc
