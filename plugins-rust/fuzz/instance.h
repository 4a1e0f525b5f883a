// Instances of the plugin that a fuzzer is linked with.
#include <plughost/plughost.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../test/helpers/host.h"

PLUG_EXPORT plug_plugin *NewPlugin(void);

// Makes an instance with one option, whose text may be any bytes, or with none if the name is null. Returns null if it
// is refused, and requires a message for that. `must` says that it may not be refused.
static plug_plugin *instance_with(const char *name, const uint8_t *text, size_t length, int must) {
  // The longest form of a byte is \u00XX. Bytes that are no UTF-8 stay as they are.
  char *const config = malloc(6 * length + 64);
  size_t at = (size_t)sprintf(config, "{");
  if (name) at += (size_t)sprintf(config + at, "\"%s\":\"", name);
  for (size_t i = 0; i < length; i++) {
    if (text[i] < 0x20 || text[i] == '"' || text[i] == '\\')
      at += (size_t)sprintf(config + at, "\\u%04x", text[i]);
    else
      config[at++] = (char)text[i];
  }
  at += (size_t)sprintf(config + at, name ? "\"}" : "}");
  plug_error error = {.size = sizeof error};
  plug_plugin *const plugin = NewPlugin();
  const int32_t status = plugin->init(plugin, &host, (plug_bytes){(const uint8_t *)config, at}, &error);
  free(config);
  if (status == PLUG_OK) return plugin;
  if (must || status != error.code || status != PLUG_ERROR_CONFIG || error.len == 0) {
    fprintf(stderr, "init failed with the status %d: %.*s\n", (int)status, (int)error.len, error.message);
    abort();
  }
  plugin->destroy(plugin);
  return NULL;
}
