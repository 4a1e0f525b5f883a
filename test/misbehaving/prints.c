/* Output of the plugin itself. Each fault then fails, so that isolation names its line. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fault.h"

static void print_little(const scene *at) {
  (void)at;
  puts("a word on standard output");
  fputs("a word on standard error\n", stderr);
  fflush(stdout);
  abort();
}

static void print_much(const scene *at) {
  (void)at;
  static char line[1 << 16];
  memset(line, 'x', sizeof line);
  for (int i = 0; i < 160; i++)
    if (write(1, line, sizeof line) < 0) break;
  abort();
}

static void print_dirt(const scene *at) {
  (void)at;
  static const char dirt[] = "\033]0;title\007\033[31mred\xff\xfe\n";
  if (write(2, dirt, sizeof dirt - 1) < 0) abort();
  abort();
}

static void log_much(const scene *at) {
  for (int i = 0; at->host && i < 100000; i++)
    at->host->log(at->host, PLUG_LOG_INFO, (plug_bytes){(const uint8_t *)"again", 5});
  abort();
}

static void log_nothing(const scene *at) {
  if (at->host) at->host->log(at->host, 99, (plug_bytes){HIDDEN((const uint8_t *)64), 1 << 20});
  abort();
}

const fault print_faults[] = {{"print-little", print_little}, {"print-much", print_much},   {"print-dirt", print_dirt},
                              {"log-much", log_much},         {"log-nothing", log_nothing}, {0}};
