/* Shared code of the plugins: an option that is a text of C. */
#ifndef SHARED_TEXT_OPTION_H
#define SHARED_TEXT_OPTION_H

#include <plughost/config.h>
#include <plughost/plughost.h>
#include <stdlib.h>
#include <string.h>

/* Reads an option into *to, which ends with NUL and which the caller frees, and sets *len. Returns 1; 0 if the option
 * is not given; PLUG_ERROR_CONFIG if it is no text, or one with NUL in it; or PLUG_ERROR_NOMEM. Only after 1 there is
 * something to free. [any] */
static inline int32_t read_text_option(plug_bytes config, const char *option, char **to, uint64_t *len) {
  char *const text = malloc((size_t)config.len + 1);
  if (!text) return PLUG_ERROR_NOMEM;
  const int found = plug_config_string(config, option, (uint8_t *)text, config.len, len);
  if (found > 0 && !memchr(text, 0, (size_t)*len)) {
    text[*len] = 0;
    *to = text;
    return 1;
  }
  free(text);
  return found == 0 ? 0 : PLUG_ERROR_CONFIG;
}

#endif
