// The parser regex with any pattern on any bytes: the pattern ends at the first NUL.
#include "../../plugins-c/fuzz/parser_fuzz.h"
#include "instance.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  const uint8_t *const end = memchr(data, 0, size);
  if (!end || end == data) return 0;
  plug_plugin *const plugin = instance_with("pattern", data, (size_t)(end - data), 0);
  if (!plugin) return 0;
  plug_field columns[MOST_COLUMNS];
  uint32_t count = 0;
  const plug_parser *const calls = plugin->extension(plugin, PLUG_PARSER);
  while (count < MOST_COLUMNS && calls->field(plugin, count, &columns[count]) == 1) {
    if (columns[count].type == PLUG_ANY) columns[count].type = PLUG_TEXT + count % 5;
    count++;
  }
  if (count > 0) fuzz_parser(plugin, end + 1, size - (size_t)(end + 1 - data), columns, count);
  plugin->destroy(plugin);
  return 0;
}
