/* The finders, one for each kind that README.md describes. A finder runs at each marked byte (marks.h), in the order of
 * the bytes, and searches around it. It does not search the same bytes twice, so the time for a byte does not grow with
 * the length of the line. */
#ifndef REDACT_FINDERS_H
#define REDACT_FINDERS_H

#include "../line.h"

/* Each runs at a byte that is marked for it, and adds its hits to the line. */
typedef void find_function(line *line, size_t at);
find_function find_ipv4, find_ipv6, find_email, find_userinfo, find_token, find_bearer, find_private_key, find_secret,
    find_flag, find_cards;

#endif
