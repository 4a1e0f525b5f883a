// The parser line on any bytes.
#include "../line/line.c"
#include "parser_fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  plug_field columns[3 * COLUMNS];
  for (uint32_t i = 0; i < 3 * COLUMNS; i++)
    columns[i] =
        (plug_field){.size = sizeof *columns, .type = PLUG_TEXT + i / COLUMNS, .name = known[i % COLUMNS].name};
  plug_plugin *plugin = NewPlugin();
  fuzz_parser(plugin, data, size, columns, 3 * COLUMNS);
  plugin->destroy(plugin);
  return 0;
}
