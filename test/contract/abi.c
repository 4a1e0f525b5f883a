/* Prints the layout of the contract as this compiler sees it, in the form of native/include/plughost/abi.lock. */
#include <plughost/plughost.h>
#include <stdio.h>
#include <string.h>

#define STRUCTS(X) \
  X(plug_bytes)    \
  X(plug_span)     \
  X(plug_lines)    \
  X(plug_error)    \
  X(plug_sink)     \
  X(plug_ctx)      \
  X(plug_host)     \
  X(plug_plugin)   \
  X(plug_column)   \
  X(plug_field) X(plug_schema) X(plug_rows)

#define FIELDS_plug_bytes(X, S) X(S, data) X(S, len)
#define FIELDS_plug_span(X, S) X(S, offset) X(S, length)
#define FIELDS_plug_lines(X, S) \
  X(S, size)                    \
  X(S, count)                   \
  X(S, spans)                   \
  X(S, block) X(S, block_offset) X(S, input) X(S, reserved) X(S, origins) X(S, numbers) X(S, input_name)
#define FIELDS_plug_error(X, S) X(S, size) X(S, code) X(S, offset) X(S, len) X(S, message)
#define FIELDS_plug_sink(X, S) X(S, size) X(S, reserved) X(S, self) X(S, write) X(S, reserve) X(S, commit)
#define FIELDS_plug_ctx(X, S) X(S, size) X(S, worker) X(S, cancel) X(S, deadline_ns)
#define FIELDS_plug_host(X, S) \
  X(S, size) X(S, abi_major) X(S, abi_minor) X(S, self) X(S, log) X(S, now_ns) X(S, extension)
#define FIELDS_plug_plugin(X, S) \
  X(S, size)                     \
  X(S, magic)                    \
  X(S, abi_major)                \
  X(S, abi_minor) X(S, flags) X(S, reserved) X(S, self) X(S, name) X(S, init) X(S, run) X(S, destroy) X(S, extension)

#define FIELDS_plug_column(X, S) X(S, cells) X(S, valid)
#define FIELDS_plug_field(X, S) X(S, size) X(S, type) X(S, name) X(S, description)
#define FIELDS_plug_schema(X, S) X(S, size) X(S, count) X(S, fields)
#define FIELDS_plug_rows(X, S) X(S, size) X(S, count) X(S, lines) X(S, schema) X(S, columns) X(S, made)

/* The contract's structs have no hidden padding, so their fields add up to them; a field that is forgotten above, or
 * padding, does not compile. */
#define SIZE_OF(S, field) +sizeof(((S *)0)->field)
#define CHECK(S) \
  _Static_assert(0 FIELDS_##S(SIZE_OF, S) == sizeof(S), "a field of " #S " is missing, or it has padding");
STRUCTS(CHECK)

#define PRINT_FIELD(S, field) printf("  " #field " offset %zu size %zu\n", offsetof(S, field), sizeof(((S *)0)->field));
#define PRINT(S)                                                      \
  printf("struct " #S " size %zu align %zu", sizeof(S), _Alignof(S)); \
  if (least_of(#S)) printf(" least %zu", least_of(#S));               \
  printf("\n");                                                       \
  FIELDS_##S(PRINT_FIELD, S)

/* What every plugin states at least as the size of a struct that it fills. */
static size_t least_of(const char *name) { return strcmp(name, "plug_plugin") == 0 ? PLUG_PLUGIN_LEAST : 0; }

/* The structs of the kinds follow from their rows. */
#define PLUG_MANDATORY(field) PRINT_FIELD(Struct, field)
#define PLUG_OPTIONAL(field) PRINT_FIELD(Struct, field)
#define PLUG_KIND(name, NAME, id, functions, flags_, rules)                                             \
  {                                                                                                     \
    typedef plug_##name Struct;                                                                         \
    printf("struct plug_" #name " size %zu align %zu least %zu\n", sizeof(Struct), _Alignof(Struct),    \
           (size_t)PLUG_##NAME##_LEAST);                                                                \
    PRINT_FIELD(Struct, size)                                                                           \
    PRINT_FIELD(Struct, flags) PRINT_FIELD(Struct, state_new) PRINT_FIELD(Struct, state_free) functions \
  }

int main(void) {
  STRUCTS(PRINT)
#include <plughost/kinds.def>
  return 0;
}
