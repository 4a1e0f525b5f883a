/* The readers of a config, on any bytes. */
#include <plughost/config.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  const plug_bytes config = {data, size};
  uint8_t text[8];
  uint64_t len;
  int flag;
  double number;
  if (plug_config_string(config, "k", text, sizeof text, &len) == 1 && len > sizeof text) abort();
  if (plug_config_item(config, "k", size & 3, text, sizeof text, &len) == 1 && len > sizeof text) abort();
  if (plug_config_bool(config, "k", &flag) == 1 && flag != 0 && flag != 1) abort();
  plug_config_number(config, "k", &number);
  return 0;
}
