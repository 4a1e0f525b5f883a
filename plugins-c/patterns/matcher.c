#include "matcher.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The flags of every pattern. It may match the empty line. */
static unsigned flags_for(const pattern_style *style, pattern_traits traits) {
  return HS_FLAG_MULTILINE | HS_FLAG_ALLOWEMPTY | (style->ignore_case ? HS_FLAG_CASELESS : 0) |
         (traits.characters ? HS_FLAG_UTF8 : 0);
}

static int32_t refuse(const pattern_list *list, const pattern *pattern, const char *why, plug_error *error) {
  char label[200], message[PLUG_ERROR_MESSAGE_MAX];
  pattern_label(list, pattern, label, sizeof label);
  snprintf(message, sizeof message, "%s: %s", label, why);
  return plug_fail(error, PLUG_ERROR_CONFIG, message);
}

/* Returns the error of a pattern that Hyperscan would accept with another meaning, or null. */
static int32_t check(const pattern_list *list, const pattern *pattern, const pattern_style *style, unsigned flags,
                     plug_error *error) {
  if (memchr(pattern->text, '\n', pattern->len))
    return refuse(list, pattern, "it has a newline in it, which no line can contain", error);
  if (style->literal) return PLUG_OK;
  if (memchr(pattern->text, 0, pattern->len))
    return refuse(list, pattern, "it has a NUL byte in it; write it as \\x00", error);
  /* Verbs such as (*UTF8) would change the meaning of bytes. */
  if (pattern->len >= 2 && memcmp(pattern->text, "(*", 2) == 0)
    return refuse(list, pattern, "it begins with a verb, (*, which is not supported", error);
  if (!style->whole_word) return PLUG_OK;
  const pattern_style plain = {.ignore_case = style->ignore_case};
  char *const expression = expression_of(pattern, &plain);
  if (!expression) return plug_fail(error, PLUG_ERROR_NOMEM, "there is no memory for the patterns");
  hs_expr_info_t *info = NULL;
  hs_compile_error_t *wrong = NULL;
  int32_t status = PLUG_OK;
  if (hs_expression_info(expression, flags, &info, &wrong) != HS_SUCCESS) {
    status = refuse(list, pattern, wrong->message, error);
    hs_free_compile_error(wrong);
  }
  free(info);
  free(expression);
  return status;
}

static int32_t compile(matcher *matcher, const pattern_list *list, const char *const *expressions,
                       const unsigned *flags, const unsigned *ids, plug_error *error) {
  hs_compile_error_t *wrong = NULL;
  const hs_error_t status =
      hs_compile_multi(expressions, flags, ids, list->count, HS_MODE_BLOCK, NULL, &matcher->database, &wrong);
  if (status == HS_SUCCESS) {
    return hs_alloc_scratch(matcher->database, &matcher->scratch) == HS_SUCCESS
               ? PLUG_OK
               : plug_fail(error, PLUG_ERROR_NOMEM, "there is no memory for the search");
  }
  const int32_t code = wrong->expression >= 0 ? refuse(list, &list->items[wrong->expression], wrong->message, error)
                                              : plug_fail(error, PLUG_ERROR_CONFIG, wrong->message);
  hs_free_compile_error(wrong);
  return code;
}

int32_t matcher_init(matcher *matcher, const pattern_list *list, const pattern_style *style, plug_error *error) {
  if (hs_valid_platform() != HS_SUCCESS)
    return plug_fail(error, PLUG_ERROR_INTERNAL, "this processor cannot run Hyperscan, which needs SSSE3 on x86");
  if (list->count == 0) return PLUG_OK;
  matcher->count = list->count;
  matcher->candidates = calloc(list->count, 1);
  /* Some letters of Unicode are longer in the other case. */
  const int texts = style->literal && !style->whole_word && !(style->unicode && style->ignore_case);
  if (texts) matcher->lengths = calloc(list->count, sizeof *matcher->lengths);
  char **const expressions = calloc(list->count, sizeof *expressions);
  unsigned *const flags = calloc(list->count, sizeof *flags);
  unsigned *const ids = calloc(list->count, sizeof *ids);
  int32_t status = PLUG_OK;
  if (!matcher->candidates || (texts && !matcher->lengths) || !expressions || !flags || !ids)
    status = plug_fail(error, PLUG_ERROR_NOMEM, "there is no memory for the patterns");
  for (uint32_t i = 0; status == PLUG_OK && i < list->count; i++) {
    const pattern *const item = &list->items[i];
    const pattern_traits traits = pattern_traits_of(item, style);
    ids[i] = i;
    if (matcher->lengths) matcher->lengths[i] = item->len;
    flags[i] = flags_for(style, traits);
    matcher->candidates[i] = (uint8_t)traits.spans_lines;
    matcher->text_anchors |= traits.text_anchor;
    matcher->characters |= traits.characters;
    status = check(list, item, style, flags[i], error);
    if (status == PLUG_OK && !(expressions[i] = expression_of(item, style)))
      status = plug_fail(error, PLUG_ERROR_NOMEM, "there is no memory for the patterns");
  }
  if (status == PLUG_OK) status = compile(matcher, list, (const char *const *)expressions, flags, ids, error);
  for (uint32_t i = 0; expressions && i < list->count; i++) free(expressions[i]);
  free(expressions);
  free(flags);
  free(ids);
  return status;
}

void matcher_free(matcher *matcher) {
  hs_free_scratch(matcher->scratch);
  hs_free_database(matcher->database);
  free(matcher->candidates);
  free(matcher->lengths);
}
