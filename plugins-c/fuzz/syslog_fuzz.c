// The parser syslog on any bytes.
#include "../syslog/syslog.c"
#include "parser_fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  plug_field columns[2 * COLUMNS];
  for (uint32_t i = 0; i < 2 * COLUMNS; i++) {
    const known_column *const column = &known[i % COLUMNS];
    columns[i] = (plug_field){.size = sizeof *columns, .type = column->type, .name = column->name};
    // The second ones are those of another type.
    if (i >= COLUMNS) columns[i].type = column->type == PLUG_TEXT ? PLUG_INTEGER : PLUG_TEXT;
  }
  plug_error error = {.size = sizeof error};
  plug_plugin *plugin = NewPlugin();
  static const char config[] = "{\"year\":2024,\"zone\":\"-01:30\"}";
  require(plugin->init(plugin, NULL, (plug_bytes){(const uint8_t *)config, sizeof config - 1}, &error) == PLUG_OK,
          "init failed");
  fuzz_parser(plugin, data, size, columns, 2 * COLUMNS);
  plugin->destroy(plugin);
  return 0;
}
