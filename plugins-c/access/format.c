#include "format.h"

#include <stdlib.h>
#include <string.h>

/* A variable whose column has another name than it. */
typedef struct known {
  const char *name;
  int part;
  uint32_t length;    /* of every value, or 0 */
  const char *column; /* its name where `part` does not say it, or null */
  uint32_t unit;      /* of a number since 1970, how many are a second; 0 of others */
} known;

static const known of_nginx[] = {
    {"remote_addr", HOST, 0, NULL, 0},
    {"remote_user", USER, 0, NULL, 0},
    {"time_local", TIME, 26, NULL, 0},
    {"time_iso8601", TIME, 25, NULL, 0},
    {"msec", TIME, 0, NULL, 1},
    {"request", REQUEST, 0, NULL, 0},
    {"request_method", METHOD, 0, NULL, 0},
    {"request_uri", PATH, 0, NULL, 0},
    {"server_protocol", PROTOCOL, 0, NULL, 0},
    {"status", STATUS, 0, NULL, 0},
    {"body_bytes_sent", BYTES, 0, NULL, 0},
    {"bytes_sent", BYTES, 0, NULL, 0},
    {"http_referer", REFERER, 0, NULL, 0},
    {"http_user_agent", AGENT, 0, NULL, 0},
    {"host", PARTS, 0, "vhost", 0},
    {NULL, 0, 0, NULL, 0},
};

/* Names of headers stand in braces, and are compared without case. */
static const known of_apache[] = {
    {"h", HOST, 0, NULL, 0},
    {"a", HOST, 0, NULL, 0},
    {"l", IDENT, 0, NULL, 0},
    {"u", USER, 0, NULL, 0},
    {"t", TIME, 26, NULL, 0},
    {"{%d/%b/%Y:%H:%M:%S %z}t", TIME, 26, "t", 0},
    {"{%d/%b/%Y:%T %z}t", TIME, 26, "t", 0},
    {"{sec}t", TIME, 0, "sec", 1},
    {"{%s}t", TIME, 0, "sec", 1},
    {"{msec}t", TIME, 0, "msec", 1000},
    {"{usec}t", TIME, 0, "usec", 1000000},
    {"{begin:sec}t", TIME, 0, "sec", 1},
    {"{begin:msec}t", TIME, 0, "msec", 1000},
    {"{begin:usec}t", TIME, 0, "usec", 1000000},
    {"{end:sec}t", TIME, 0, "end_sec", 1},
    {"{end:msec}t", TIME, 0, "end_msec", 1000},
    {"{end:usec}t", TIME, 0, "end_usec", 1000000},
    {"{msec_frac}t", PARTS, 0, "msec_frac", 0},
    {"{usec_frac}t", PARTS, 0, "usec_frac", 0},
    {"r", REQUEST, 0, NULL, 0},
    {"m", METHOD, 0, NULL, 0},
    {"U", PATH, 0, NULL, 0},
    {"H", PROTOCOL, 0, NULL, 0},
    {"s", STATUS, 0, NULL, 0},
    {"b", BYTES, 0, NULL, 0},
    {"B", BYTES, 0, NULL, 0},
    {"O", BYTES, 0, NULL, 0},
    {"{referer}i", REFERER, 0, NULL, 0},
    {"{user-agent}i", AGENT, 0, NULL, 0},
    {"v", PARTS, 0, "vhost", 0},
    {"p", PARTS, 0, "port", 0},
    {NULL, 0, 0, NULL, 0},
};

/* A text that is read, and what was made of it. */
typedef struct reader {
  plug_bytes text;
  uint64_t at;
  format *to;
  uint64_t used;    /* bytes of to->text */
  uint64_t literal; /* where the text since the last variable begins in to->text */
  int has_clock;    /* whether a time is written as a date and a clock */
  int after_path;   /* whether the last variable was %U */
  const char *names[VARIABLES_MAX];
  uint64_t places[VARIABLES_MAX]; /* of the variables in the text */
  plug_error *error;
} reader;

/* Says what is wrong with a format, and where. Returns 0. */
static int refuse(const reader *self, uint64_t at, const char *why) {
  char message[256] = "the option \"format\" is wrong at byte ";
  char *end = message + strlen(message);
  char digits[20];
  int count = 0;
  uint64_t number = at + 1;
  do digits[count++] = (char)('0' + number % 10);
  while (number /= 10);
  while (count > 0) *end++ = digits[--count];
  if (at < self->text.len) {
    memcpy(end, ", at ", 5);
    end += 5;
    for (uint64_t i = at; i < self->text.len && i < at + 24; i++) {
      const uint8_t byte = self->text.data[i];
      *end++ = (char)(byte > 0x1f && byte < 0x7f ? byte : '?');
    }
  }
  *end++ = ':';
  *end++ = ' ';
  memcpy(end, why, strlen(why) + 1);
  plug_fail(self->error, PLUG_ERROR_CONFIG, message);
  return 0;
}

static int is_word(uint8_t byte) {
  return (uint8_t)((byte | 0x20) - 'a') < 26 || (uint8_t)(byte - '0') < 10 || byte == '_';
}

static int lower(int byte) { return byte >= 'A' && byte <= 'Z' ? byte | 0x20 : byte; }

static void put(reader *self, uint8_t byte) { self->to->text[self->used++] = byte; }

/* Returns what is known of a variable, or null. */
static const known *find(const known *list, const uint8_t *name, uint64_t len) {
  const int header = len > 1 && name[0] == '{' && name[len - 1] == 'i';
  for (; list->name; list++) {
    uint64_t i = 0;
    while (i < len && list->name[i] && (header ? lower(name[i]) : name[i]) == list->name[i]) i++;
    if (i == len && !list->name[i]) return list;
  }
  return NULL;
}

/* Adds a variable that begins at `begin`. `name` is what a column of its own is called, and `key` is its name in the
 * list of known ones. */
static int add(reader *self, uint64_t begin, const known *list, plug_bytes key, plug_bytes name) {
  format *const to = self->to;
  if (to->variables == VARIABLES_MAX) return refuse(self, begin, "more than 64 variables");
  if (to->variables > 0 && self->used == self->literal)
    return refuse(self, begin, "no text is between this variable and the one before it");
  variable *const made = &to->variable[to->variables];
  made->before = (plug_bytes){to->text + self->literal, self->used - self->literal};
  const known *const what = find(list, key.data, key.len);
  made->part = what ? what->part : PARTS;
  made->length = what ? what->length : 0;
  made->unit = what ? what->unit : 0;
  made->list = list == of_nginx && key.len > 9 && memcmp(key.data, "upstream_", 9) == 0;
  to->request |= made->part == REQUEST;
  self->has_clock |= made->part == TIME && made->unit == 0;
  self->places[to->variables] = begin;
  self->names[to->variables++] = what && what->column ? what->column : (const char *)to->text + self->used;
  for (uint64_t i = 0; i < name.len; i++) put(self, name.data[i]);
  put(self, 0);
  self->literal = self->used;
  return 1;
}

/* Reads a variable such as $status or ${status}. */
static int read_nginx(reader *self) {
  const uint8_t *const data = self->text.data;
  const uint64_t begin = self->at++, len = self->text.len;
  const int braces = self->at < len && data[self->at] == '{';
  self->at += (uint64_t)braces;
  const uint64_t name = self->at;
  while (self->at < len && is_word(data[self->at])) self->at++;
  const plug_bytes text = {data + name, self->at - name};
  if (text.len == 0) return refuse(self, begin, "the name of a variable is needed after $");
  if (braces && (self->at == len || data[self->at++] != '}')) return refuse(self, begin, "} is missing");
  return add(self, begin, of_nginx, text, text);
}

/* Returns whether braces hold nothing but visible bytes of ASCII. Otherwise it says what is wrong. The letter after
 * them tells names from formats of times. */
static int check_braces(const reader *self, uint64_t begin, uint64_t at, uint64_t end, int is_time) {
  if (end == at) return refuse(self, begin, "the braces are empty");
  for (; at < end; at++) {
    const uint8_t byte = self->text.data[at];
    if (byte == ' ' && is_time)
      return refuse(self, begin,
                    "of formats of strftime with blanks, only %d/%b/%Y:%H:%M:%S %z is read; write %t or %{sec}t");
    if (byte <= 0x20 || byte > 0x7e) return refuse(self, at, "a name has no such byte");
  }
  return 1;
}

/* Reads a variable such as %h, %>s, %!200{Referer}i or %^FB. */
static int read_apache(reader *self) {
  const uint8_t *const data = self->text.data;
  const uint64_t begin = self->at++, len = self->text.len;
  while (self->at < len && data[self->at] && strchr("<>!,0123456789", data[self->at])) self->at++;
  uint64_t name = self->at, name_end = 0;
  const int braces = self->at < len && data[self->at] == '{';
  if (braces) {
    while (self->at < len && data[self->at] != '}') self->at++;
    if (self->at == len) return refuse(self, begin, "} is missing");
    name_end = self->at++;
  }
  const uint64_t letter = self->at;
  self->at += self->at < len && data[self->at] == '^' ? 3 : 1;
  const int is_time = braces && self->at <= len && data[letter] == 't';
  const known *const known_time = is_time ? find(of_apache, data + name, self->at - name) : NULL;
  if (braces && !known_time && !check_braces(self, begin, name + 1, name_end, is_time)) return 0;
  if (self->at > len) return refuse(self, begin, "the letter of a variable is needed after %");
  for (uint64_t i = letter + (data[letter] == '^'); i < self->at; i++)
    if ((uint8_t)((data[i] | 0x20) - 'a') > 25)
      return refuse(self, begin, "the letter of a variable is needed after %");
  const plug_bytes key = {data + name, self->at - name};
  /* A query follows its path without anything between them, and both are one column. */
  const int after_path = self->after_path && self->used == self->literal;
  self->after_path = key.len == 1 && *key.data == 'U';
  if (after_path && key.len == 1 && *key.data == 'q') return 1;
  /* Headers, cookies, notes and variables of the environment are called by the name in the braces. */
  const int named = braces && strchr("ioCne", data[letter]);
  const plug_bytes own =
      named ? (plug_bytes){data + name + 1, name_end - name - 1} : (plug_bytes){data + letter, self->at - letter};
  if (braces || data[letter] != 't') return add(self, begin, of_apache, key, own);
  put(self, '[');
  if (!add(self, begin, of_apache, key, own)) return 0;
  put(self, ']');
  return 1;
}

/* Returns whether a text has a variable of nginx. Any other is one of Apache. */
static int is_nginx(plug_bytes text) {
  for (uint64_t i = 0; i + 1 < text.len; i++)
    if (text.data[i] == '$' && (is_word(text.data[i + 1]) || text.data[i + 1] == '{')) return 1;
  return 0;
}

static int read_text(reader *self) {
  const uint8_t *const data = self->text.data;
  const int nginx = is_nginx(self->text);
  while (self->at < self->text.len) {
    const uint8_t byte = data[self->at];
    const uint8_t next = self->at + 1 < self->text.len ? data[self->at + 1] : 0;
    if (byte == '\n' || byte == '\r') return refuse(self, self->at, "no line has a line break in it");
    if (nginx ? byte == '$' : byte == '%' && next != '%') {
      if (!(nginx ? read_nginx(self) : read_apache(self))) return 0;
      continue;
    }
    /* Apache's configuration escapes quotes and backslashes, and %% is a percent sign. */
    const int escaped = !nginx && ((byte == '\\' && (next == '"' || next == '\\')) || byte == '%');
    put(self, escaped ? next : byte);
    self->at += escaped ? 2 : 1;
  }
  self->to->after = (plug_bytes){self->to->text + self->literal, self->used - self->literal};
  return self->to->variables > 0 ? 1 : refuse(self, self->at, "it has no variable");
}

static int has_part(const format *to, int part) {
  for (uint32_t i = 0; i < to->columns; i++)
    if (to->column[i].part == part) return 1;
  return 0;
}

/* Adds a column for variable i. Returns 0 if there is one of its name. */
static int add_column(reader *self, uint32_t i, column made) {
  format *const to = self->to;
  for (uint32_t k = 0; k < to->columns; k++)
    if (strcmp(to->column[k].name, made.name) == 0)
      return refuse(self, self->places[i], "a column of this name is there already");
  to->column[to->columns++] = made;
  return 1;
}

/* Makes the columns of the variables. The first of several that mean the same gets the column of access logs, and each
 * other one a column of its own. A time that is a number is the column `time` only if no other one is there. */
static int make_columns(reader *self) {
  format *const to = self->to;
  to->parts = PARTS;
  for (uint32_t i = 0; i < to->variables; i++) {
    variable *const of = &to->variable[i];
    int first = of->part, last = of->part;
    if (of->part == REQUEST) first = METHOD, last = PROTOCOL;
    const int of_request = first == METHOD || first == PATH || first == PROTOCOL;
    if (of->part == PARTS || has_part(to, first) || (of_request && of->part != REQUEST && to->request) ||
        (of->unit > 0 && self->has_clock)) {
      of->part = (int)to->parts++;
      to->unit[of->part] = of->unit;
      if (!add_column(self, i, (column){self->names[i], PLUG_TEXT, of->part, NULL})) return 0;
      continue;
    }
    if (of->unit > 0) to->unit[of->part] = of->unit;
    for (int part = first; part <= last; part++)
      if (!add_column(self, i, access_columns[part])) return 0;
  }
  return 1;
}

static int is_blank(uint8_t byte) { return byte == ' ' || (byte >= '\t' && byte <= '\r'); }

/* Moves *at over blanks, and over the word if the text has it there. Returns whether it has. */
static int skip_word(const uint8_t *text, uint64_t len, uint64_t *at, const char *word) {
  const uint64_t length = strlen(word);
  while (*at < len && is_blank(text[*at])) ++*at;
  if (len - *at < length || memcmp(text + *at, word, length) != 0) return 0;
  *at += length;
  return 1;
}

/* Makes a directive, `log_format NAME 'FORMAT' 'MORE';` or `LogFormat "FORMAT" NAME`, its format: what is between its
 * quotes. Escapes stay, but for those of quotes in nginx. Another text stays as it is. Returns the length. */
static uint64_t unwrap(uint8_t *text, uint64_t len) {
  uint64_t at = 0, to = 0;
  const int nginx = skip_word(text, len, &at, "log_format");
  if (!nginx && !skip_word(text, len, &at, "LogFormat")) return len;
  if (at == len || !is_blank(text[at])) return len;
  uint8_t quote = 0;
  for (; at < len && (quote || text[at] != ';'); at++) {
    const uint8_t byte = text[at];
    if (!quote) {
      if (byte == '\'' || byte == '"') quote = byte;
    } else if (byte == quote) {
      quote = 0;
      if (!nginx) break;
    } else {
      if (byte == '\\' && at + 1 < len) {
        const uint8_t next = text[at + 1];
        if (!nginx || (next != '\'' && next != '"')) text[to++] = byte;
        at++;
      }
      text[to++] = text[at];
    }
  }
  return to;
}

int32_t access_format_read(uint8_t *bytes, uint64_t len, format **made, plug_error *error) {
  const plug_bytes text = {bytes, unwrap(bytes, len)};
  /* A name with its end is no longer than its variable, and the brackets of %t are as long as it is. */
  format *const to = calloc(1, sizeof *to + 2 * text.len);
  if (!to) return plug_fail(error, PLUG_ERROR_NOMEM, "there is no memory for the format");
  reader self = {.text = text, .to = to, .error = error};
  if (read_text(&self) && make_columns(&self)) {
    *made = to;
    return PLUG_OK;
  }
  free(to);
  return PLUG_ERROR_CONFIG;
}
