/* What is looked for in a line: README.md says what each kind is. A finder is asked at a marked byte (marks.h), in the
 * order of the bytes, and looks around it. What it has looked at it does not look at again, so that all of them
 * together take no more time for a byte of a long line than for one of a short line. */
#ifndef REDACT_FINDERS_H
#define REDACT_FINDERS_H

#include "../line.h"

/* Each adds what it finds, and is asked at a byte that is marked for it. */
typedef void find_function(line *line, size_t at);
find_function find_ipv4, find_ipv6, find_email, find_userinfo, find_token, find_bearer, find_private_key, find_secret,
    find_flag, find_cards;

#endif
