// The parser logfmt on any bytes.
#include "../logfmt/logfmt.c"
#include "parser_fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const char *const names[] = {"a", "level", "msg"};
  plug_field columns[3 * 5];
  for (uint32_t i = 0; i < 15; i++)
    columns[i] = (plug_field){.size = sizeof *columns, .type = PLUG_TEXT + i / 3, .name = names[i % 3]};
  plug_plugin *plugin = NewPlugin();
  fuzz_parser(plugin, data, size, columns, 15);
  plugin->destroy(plugin);
  return 0;
}
