#include "pattern_list.h"

#include <errno.h>
#include <plughost/config.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../shared/utf8.h"

enum { SHOWN = 60 }; /* the most bytes of a pattern in a message */

static int add(pattern_list *list, const uint8_t *text, uint64_t len, uint32_t number, int in_file) {
  if (list->count == list->capacity) {
    const uint32_t capacity = list->capacity ? 2 * list->capacity : 16;
    pattern *items = capacity > list->capacity ? realloc(list->items, capacity * sizeof *items) : NULL;
    if (!items) return 0;
    list->items = items;
    list->capacity = capacity;
  }
  list->items[list->count++] = (pattern){text, len, number, (uint32_t)in_file};
  return 1;
}

static int add_option(void *list, const uint8_t *text, uint64_t len) {
  return add(list, text, len, ((pattern_list *)list)->count + 1, 0);
}

static int32_t add_lines(pattern_list *list, size_t size, plug_error *error) {
  const uint8_t *at = list->file_text;
  const uint8_t *const end = at + size;
  if (size >= 3 && memcmp(at, "\xef\xbb\xbf", 3) == 0) at += 3; /* skips a byte order mark */
  for (uint32_t number = 1; at < end; number++) {
    const uint8_t *newline = memchr(at, '\n', (size_t)(end - at));
    const uint8_t *stop = newline ? newline : end;
    const uint8_t *const next = newline ? newline + 1 : end;
    if (newline && stop > at && stop[-1] == '\r') stop--;
    if (!add(list, at, (uint64_t)(stop - at), number, 1))
      return plug_fail(error, PLUG_ERROR_NOMEM, "there is no memory for the patterns");
    at = next;
  }
  return PLUG_OK;
}

static int32_t fail_file(const pattern_list *list, const char *what, plug_error *error) {
  char message[PLUG_ERROR_MESSAGE_MAX];
  snprintf(message, sizeof message, "the option \"patternsFile\": %s: %s", list->file, what);
  return plug_fail(error, PLUG_ERROR_CONFIG, message);
}

static int32_t read_file(pattern_list *list, plug_error *error) {
  FILE *file = fopen(list->file, "rb");
  if (!file) return fail_file(list, strerror(errno), error);
  size_t size = 0, capacity = 0;
  int32_t status = PLUG_OK;
  while (status == PLUG_OK && !feof(file)) {
    if (size == capacity) {
      capacity = capacity ? 2 * capacity : 1 << 16;
      uint8_t *text = realloc(list->file_text, capacity);
      if (!text) {
        status = fail_file(list, "there is no memory for it", error);
        break;
      }
      list->file_text = text;
    }
    size += fread(list->file_text + size, 1, capacity - size, file);
    if (ferror(file)) status = fail_file(list, strerror(errno), error);
  }
  fclose(file);
  if (status == PLUG_OK && size >= 2 &&
      (memcmp(list->file_text, "\xff\xfe", 2) == 0 || memcmp(list->file_text, "\xfe\xff", 2) == 0))
    return fail_file(list, "it is UTF-16, not UTF-8", error);
  return status == PLUG_OK ? add_lines(list, size, error) : status;
}

int32_t pattern_list_read(pattern_list *list, plug_bytes config, plug_error *error) {
  const uint64_t room = config.len + 1;
  list->option_text = malloc(room);
  list->file = malloc(room);
  if (!list->option_text || !list->file)
    return plug_fail(error, PLUG_ERROR_NOMEM, "there is no memory for the patterns");
  const int given = plug_config_strings(config, "patterns", list->option_text, room, add_option, list);
  if (given < 0) return plug_fail(error, PLUG_ERROR_CONFIG, "the option \"patterns\" is not an array of strings");
  uint64_t len;
  const int named = plug_config_string(config, "patternsFile", (uint8_t *)list->file, room - 1, &len);
  if (named < 0 || (named && memchr(list->file, 0, len)))
    return plug_fail(error, PLUG_ERROR_CONFIG, "the option \"patternsFile\" is not a path");
  if (!given && !named)
    return plug_fail(error, PLUG_ERROR_CONFIG, "there is no pattern: give \"patterns\", \"patternsFile\", or both");
  if (!named) return PLUG_OK;
  list->file[len] = 0;
  return read_file(list, error);
}

void pattern_list_free(pattern_list *list) {
  free(list->items);
  free(list->option_text);
  free(list->file_text);
  free(list->file);
}

static int printable(const pattern *pattern) {
  for (uint64_t i = 0; i < pattern->len; i++)
    if (pattern->text[i] < 0x20 || pattern->text[i] == 0x7f) return 0;
  return pattern->len <= SHOWN && is_utf8(pattern->text, pattern->len);
}

void pattern_label(const pattern_list *list, const pattern *pattern, char *to, size_t capacity) {
  char text[SHOWN + 4] = "";
  if (printable(pattern)) snprintf(text, sizeof text, " \"%.*s\"", (int)pattern->len, (const char *)pattern->text);
  if (pattern->in_file) {
    snprintf(to, capacity, "%s, line %u%s", list->file, pattern->number, text);
  } else {
    snprintf(to, capacity, "pattern %u%s", pattern->number, text);
  }
}
