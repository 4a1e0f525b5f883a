/* Runs the readers of a configuration on any bytes. */
#include <plughost/config.h>

static int any(void *context, const uint8_t *text, uint64_t len) {
  uint64_t *const total = context;
  *total += len;
  return text != NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  const plug_bytes config = {data, size};
  uint8_t text[8];
  uint64_t len;
  int flag;
  double number;
  if (plug_config_string(config, "k", text, sizeof text, &len) == 1 && len > sizeof text) abort();
  uint64_t total = 0;
  if (plug_config_strings(config, "k", text, sizeof text, any, &total) >= 0 && total > sizeof text) abort();
  if (plug_config_bool(config, "k", &flag) == 1 && flag != 0 && flag != 1) abort();
  plug_config_number(config, "k", &number);
  return 0;
}
