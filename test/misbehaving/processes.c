/* Faults with other processes, including its own children. */
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "fault.h"

static void fork_and_leave(const scene *at) {
  (void)at;
  for (int i = 0; i < 3; i++) {
    if (fork() != 0) continue;
    for (;;) sleep(1000);
  }
  abort();
}

static void child_exits(const scene *at) {
  (void)at;
  const pid_t child = fork();
  if (child == 0) exit(0);
  abort();
}

static void forget_the_host(const scene *at) {
  (void)at;
  prctl(PR_SET_PDEATHSIG, 0);
  for (;;) sleep(1000);
}

static void kill_group(const scene *at) { (void)at, kill(0, SIGKILL), abort(); }

/* From here on two processes answer. */
static void fork_and_go_on(const scene *at) { (void)at, fork(); }

const fault process_faults[] = {{"fork-and-leave", fork_and_leave},   {"child-exits", child_exits},
                                {"forget-the-host", forget_the_host}, {"kill-group", kill_group},
                                {"fork-and-go-on", fork_and_go_on},   {0}};
