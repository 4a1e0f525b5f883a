/* Ways to end the host's process. */
#include <assert.h>
#include <stdlib.h>
#include <unistd.h>

#include "fault.h"

static void exit_well(const scene *at) { (void)at, exit(0); }
static void exit_badly(const scene *at) { (void)at, exit(3); }
static void exit_at_once(const scene *at) { (void)at, _exit(0); }
static void exit_quickly(const scene *at) { (void)at, quick_exit(0); }
static void failed_assertion(const scene *at) {
  (void)at;
#undef NDEBUG
  __assert_fail("length <= capacity", "parser.c", 42, "parse");
}
static void become_another(const scene *at) {
  (void)at;
  char *const arguments[] = {(char *)"true", NULL};
  char *const environment[] = {NULL};
  execve("/bin/true", arguments, environment);
  /* In a sandbox the call fails and returns. */
  abort();
}

const fault exit_faults[] = {{"exit-0", exit_well},
                             {"exit-3", exit_badly},
                             {"_exit-0", exit_at_once},
                             {"quick-exit", exit_quickly},
                             {"assertion", failed_assertion},
                             {"exec", become_another},
                             {0}};
