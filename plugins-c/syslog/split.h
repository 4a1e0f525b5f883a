/* The parts of a line of syslog. */
#ifndef SYSLOG_SPLIT_H
#define SYSLOG_SPLIT_H

#include <plughost/columns.h>

enum { TIME, HOST, APP, PID, FACILITY, SEVERITY, MESSAGE, MSGID, DATA, COLUMNS };

/* A part that the line does not have is empty, at null. FACILITY and SEVERITY are in `priority`. */
typedef struct parts {
  plug_bytes of[COLUMNS];
  int priority; /* -1: the line has none */
  int dated;    /* whether the time has a year, as RFC 3339 writes it */
} parts;

/* Splits a line without its line end. Returns whether it has one of the formats, which the columns that are wanted do
 * not change:
 *   <PRI>VERSION TIME HOST APP PID MSGID DATA MESSAGE      by RFC 5424
 *   <PRI>TIME HOST APP[PID]: MESSAGE                       by RFC 3164
 * In the second one the priority may be missing, as in files; the time may be that of RFC 3339; and the host, the app
 * and the pid may be missing. A count of bytes may be before the priority, as RFC 6587 has it. */
int split_line(plug_bytes line, parts *to);

/* Reads a zone as it stands in a time by RFC 3164: UTC, GMT, Z or an offset such as +01:00. Sets *east to the seconds
 * that it is ahead of UTC. Returns 0 if it is none. Other names are not read, because zones share them: CST is in
 * America, in China and on Cuba. */
int to_named_zone(plug_bytes text, int64_t *east);

#endif
