/* Classes of bytes. */
#ifndef REDACT_BYTES_H
#define REDACT_BYTES_H

#include <stdint.h>

static inline int is_digit(uint8_t c) { return (uint8_t)(c - '0') < 10; }
static inline int is_upper(uint8_t c) { return (uint8_t)(c - 'A') < 26; }
static inline int is_letter(uint8_t c) { return (uint8_t)((c | 0x20) - 'a') < 26; }
static inline int is_word(uint8_t c) { return is_digit(c) || is_letter(c); }
static inline int is_hex(uint8_t c) { return is_digit(c) || (uint8_t)((c | 0x20) - 'a') < 6; }
static inline int is_blank(uint8_t c) { return c == ' ' || c == '\t'; }
static inline int is_name(uint8_t c) { return is_word(c) || c == '_' || c == '-'; }
/* The bytes of tokens. They share one bit, so one test finds them. */
static inline int is_run(uint8_t c) { return c & 0x40 || is_digit(c) || c == '-'; }
static inline int is_quote(uint8_t c) { return c == '"' || c == '\'' || c == '`'; }
static inline int is_ascii(uint8_t c) { return c < 0x80; }

#endif
