/* Finds IPv4 and IPv6 addresses. */
#include "finders.h"

/* Reads a number from 0 to 255 of at most three digits. Returns its end, or `at` if there is none. */
static size_t pass_octet(const line *line, size_t at) {
  unsigned value = 0;
  size_t end = at;
  for (; is_digit(byte_at(line, end)); end++) {
    value = value * 10 + (line->data[end] - '0');
    if (end - at == 3 || value > 255) return at;
  }
  return end;
}

/* Reads four such numbers with dots between them. Returns their end, or `at` if there are none. */
static size_t pass_ipv4(const line *line, size_t at) {
  size_t end = at;
  for (int i = 0; i < 4; i++) {
    if (i > 0 && byte_at(line, end++) != '.') return at;
    const size_t begin = end;
    end = pass_octet(line, begin);
    if (end == begin) return at;
  }
  return end;
}

/* Returns whether the number after an address can be its port, in the notation of tcpdump. After a small first number
 * it is more likely a version of five numbers. */
static int is_port(const line *line, size_t begin, size_t dot) {
  enum { LONGEST = 5, OCTETS = 256, LOWEST = 10 };
  unsigned port = 0, first = 0;
  size_t end = dot + 1;
  for (; is_digit(byte_at(line, end)) && end - dot <= LONGEST; end++) port = port * 10 + (line->data[end] - '0');
  for (size_t i = begin; is_digit(line->data[i]); i++) first = first * 10 + (line->data[i] - '0');
  const uint8_t after = byte_at(line, end);
  if (is_word(after) || (after == '.' && is_word(byte_at(line, end + 1)))) return 0;
  return port >= OCTETS || first >= LOWEST;
}

/* Returns whether four numbers are the version of a program: after its name and a slash, as in Firefox/2.0.0.4, where
 * the name begins with one capital letter unlike that of a host, or after rv:. */
static int is_version(const line *line, size_t begin) {
  if (begin > 3 && has_text(line, begin - 3, "rv:") && !is_word(line->data[begin - 4])) return 1;
  if (byte_before(line, begin) != '/' || has_text(line, begin, "10.") || has_text(line, begin, "127.") ||
      has_text(line, begin, "172.") || has_text(line, begin, "192."))
    return 0;
  const size_t word = pass_back(line, begin - 1, is_letter);
  return begin - 1 - word > 1 && is_upper(line->data[word]) && !is_upper(line->data[word + 1]) &&
         begins_here(line, word);
}

/* Runs at the third dot of an address. */
void find_ipv4(line *line, size_t dot) {
  enum { LONGEST = 3 };
  size_t begin = dot;
  for (int i = 0; i < 3; i++) {
    if (i > 0 && byte_before(line, begin--) != '.') return;
    const size_t last = begin;
    begin = pass_back(line, begin, is_digit);
    if (last - begin > LONGEST) return;
  }
  const uint8_t before = byte_before(line, begin), second = begin > 1 ? line->data[begin - 2] : 0;
  /* Skips a longer number, and a version in the name of a library. */
  if (!begins_here(line, begin) || (before == '.' && (is_digit(second) || second == '.' || second == 'o'))) return;
  const size_t end = pass_ipv4(line, begin);
  const uint8_t after = byte_at(line, end);
  if (end == begin || is_word(after)) return;
  if (after == '.' && is_digit(byte_at(line, end + 1)) && !is_port(line, begin, end)) return;
  if (is_version(line, begin)) return;
  found(line, begin, end, IPV4);
}

/* ---- IPv6: groups of hexadecimal digits between colons, in a run of words between colons ---- */

/* The properties of consecutive groups. */
typedef struct groups {
  size_t begin, end;
  int count;
  int doubles;     /* the number of :: among them or at their ends */
  int singles;     /* the number of single colons between two of them */
  int has_digit;   /* a decimal digit */
  int all_pairs;   /* each group has two digits, as in a fingerprint or a MAC */
  int beside_name; /* another word stands beside them, after a single colon */
  int inside_name; /* another word stands beside them, after two colons, as in a::b of a program */
} groups;

/* Returns whether the groups are an address. The two numbers of a time, the six of a MAC and the names of a program are
 * not. In doubt it is an address. */
static int is_address(const groups *groups) {
  enum { FULL = 8, MAX = 11 };
  if (groups->count == 0) return 0;
  if (groups->doubles == 0)
    return groups->count == FULL || (groups->count > FULL && groups->count <= MAX && !groups->all_pairs);
  if (groups->count > MAX) return 0;
  if (groups->inside_name || groups->doubles > 1) return groups->singles > 0 && groups->has_digit;
  return !groups->beside_name || groups->has_digit;
}

static void add_groups(line *line, const groups *groups) {
  if (is_address(groups)) found(line, groups->begin, groups->end, IPV6);
}

static int is_group_or_colon(uint8_t c) { return is_word(c) || c == ':'; }

/* Returns the start of the digits at the end of a word that look like a group and begin with a decimal digit, as in
 * eth2001. */
static size_t group_in(const line *line, size_t begin, size_t end) {
  enum { LONGEST = 4 };
  size_t group = end;
  for (size_t at = end; at > begin && end - at < LONGEST && is_hex(line->data[at - 1]); at--)
    if (is_digit(line->data[at - 1])) group = at - 1;
  return group;
}

/* Runs at a colon: goes through the run around it. */
void find_ipv6(line *line, size_t colon) {
  enum { LONGEST = 4 };
  if (colon < line->ipv6_done) return;
  const uint8_t left = byte_before(line, colon), right = byte_at(line, colon + 1);
  if (left != ':' && right != ':' && !(is_hex(left) && is_hex(right))) return;
  const size_t begin = pass_back(line, colon, is_group_or_colon), end = pass(line, colon, is_group_or_colon);
  line->ipv6_done = end;
  groups now = {.all_pairs = 1};
  int open = 0; /* a group or a :: has begun */
  for (size_t at = begin; at < end;) {
    const size_t colons = at;
    while (at < end && line->data[at] == ':') at++;
    const size_t width = at - colons, word = at;
    while (at < end && line->data[at] != ':') at++;
    const size_t size = at - word;
    int is_group = size >= 1 && size <= LONGEST;
    for (size_t i = word; is_group && i < at; i++) is_group = is_hex(line->data[i]);

    if (width > 2) {
      /* A third colon separates the address from the text after it. */
      add_groups(line, &now);
      now = (groups){.all_pairs = 1, .beside_name = colons > begin};
      open = 0;
    }
    if (width >= 2 && (width == 2 || colons > begin)) {
      if (!open) {
        now.begin = at - size - 2;
        now.inside_name = width == 2 && colons > begin;
      }
      open = 1;
      now.doubles++;
      now.end = word;
    } else if (width == 1 && open && is_group) {
      now.singles += now.count > 0;
    }
    if (is_group) {
      if (!open) now.begin = word;
      open = 1;
      now.count++;
      now.end = at;
      for (size_t i = word; i < at; i++) now.has_digit |= is_digit(line->data[i]);
      now.all_pairs &= size == 2;
      if (at < line->len && line->data[at] == '.' && at == end) {
        const size_t tail = pass_ipv4(line, word);
        if (tail > word && !is_word(byte_at(line, tail)) && now.count > 0) {
          now.end = tail;
          now.count++;
        }
      }
      continue;
    }
    if (size == 0) continue;
    /* Another word ends the groups before it, and its end may be the first of the next groups. */
    if (width >= 2) {
      now.inside_name = 1;
    } else {
      now.beside_name = 1;
    }
    add_groups(line, &now);
    now = (groups){.all_pairs = 1, .beside_name = 1};
    open = 0;
    const size_t group = group_in(line, word, at);
    if (group < at && at + 1 < end && line->data[at + 1] != ':') {
      now.begin = group;
      now.end = at;
      now.count = now.has_digit = open = 1;
      now.all_pairs = at - group == 2;
    }
  }
  add_groups(line, &now);
}
