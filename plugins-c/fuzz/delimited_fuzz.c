// The parser delimited on any bytes. The first byte says which options it has.
#include "../delimited/delimited.c"
#include "parser_fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const char *const configs[] = {
      "{\"columns\":\"a,time,date\"}", "{}",
      "{\"header\":\"w3c\"}",          "{\"separator\":\"tab\",\"quotes\":false}",
      "{\"header\":\"zeek\"}",         "{\"header\":\"w3c\",\"separator\":\"semicolon\"}"};
  static const char *const names[] = {"a", "time", "date"};
  if (size == 0) return 0;
  plug_field columns[3 * 4];
  for (uint32_t i = 0; i < 12; i++)
    columns[i] = (plug_field){.size = sizeof *columns, .type = PLUG_TEXT + i / 3, .name = names[i % 3]};
  plug_error error = {.size = sizeof error};
  plug_plugin *plugin = NewPlugin();
  const char *const config = configs[*data % 6];
  require(plugin->init(plugin, NULL, (plug_bytes){(const uint8_t *)config, strlen(config)}, &error) == PLUG_OK,
          "init failed");
  fuzz_parser(plugin, data + 1, size - 1, columns, 12);
  plugin->destroy(plugin);
  return 0;
}
