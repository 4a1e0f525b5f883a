// The parser json on any bytes.
#include "../../plugins-c/fuzz/parser_fuzz.h"
#include "instance.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const char *const names[] = {"a", "b", "a.b", "a.b.a"};
  plug_field columns[4 * 5];
  for (uint32_t i = 0; i < 20; i++)
    columns[i] = (plug_field){.size = sizeof *columns, .type = PLUG_TEXT + i / 4, .name = names[i % 4]};
  plug_plugin *const plugin = instance_with(NULL, NULL, 0, 1);
  fuzz_parser(plugin, data, size, columns, 20);
  plugin->destroy(plugin);
  return 0;
}
