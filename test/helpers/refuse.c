/* refuse RULE... -- PROGRAM ARGUMENT...: becomes the program in a system that refuses what the rules say, as that of a
 * container does: NAME=ERRNO, where NAME is a call, or `fork`. */
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif
#ifndef SYS_clone3
#define SYS_clone3 435
#endif

static const struct {
  const char *name;
  unsigned number;
} calls[] = {{"pidfd_open", SYS_pidfd_open}, {"memfd_create", SYS_memfd_create}, {"fork", SYS_clone}};
static const struct {
  const char *name;
  unsigned number;
} errors[] = {{"ENOSYS", ENOSYS}, {"EPERM", EPERM},   {"EMFILE", EMFILE},
              {"ENFILE", ENFILE}, {"ENOMEM", ENOMEM}, {"EAGAIN", EAGAIN}};

static struct sock_filter program[64];
static unsigned short length;

static void put(unsigned short code, unsigned value, unsigned char if_true, unsigned char if_false) {
  program[length++] = (struct sock_filter){code, if_true, if_false, value};
}

static int refuse(const char *rule) {
  for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
    const size_t size = strlen(calls[i].name);
    if (strncmp(rule, calls[i].name, size) != 0 || rule[size] != '=') continue;
    for (size_t j = 0; j < sizeof errors / sizeof *errors; j++) {
      if (strcmp(rule + size + 1, errors[j].name) != 0) continue;
      const int fork = calls[i].number == SYS_clone;
      put(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr), 0, 0);
      put(BPF_JMP | BPF_JEQ | BPF_K, calls[i].number, 0, fork ? 3 : 1);
      /* Threads may still be started. */
      if (fork) put(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args), 0, 0);
      if (fork) put(BPF_JMP | BPF_JSET | BPF_K, CLONE_THREAD, 1, 0);
      put(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | errors[j].number, 0, 0);
      return 1;
    }
  }
  return 0;
}

int main(int count, char *arguments[]) {
  int at = 1;
  put(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr), 0, 0);
  /* Its flags cannot be looked at; whoever wants it falls back to clone. */
  put(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone3, 0, 1);
  put(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS, 0, 0);
  for (; at < count && strcmp(arguments[at], "--") != 0; at++)
    if (!refuse(arguments[at])) return fprintf(stderr, "refuse: %s: there is no such rule\n", arguments[at]), 125;
  put(BPF_RET | BPF_K, SECCOMP_RET_ALLOW, 0, 0);
  const struct sock_fprog filter = {length, program};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) != 0)
    return perror("refuse"), 125;
  if (at + 1 < count) execvp(arguments[at + 1], arguments + at + 1);
  return perror("refuse"), 127;
}
