import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Runs a command without a system call, as on an older kernel or in a container with a filter. */
const SOURCE = `
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(int argc, char **argv) {
  if (argc < 4) return 2;
  const unsigned call = (unsigned)atoi(argv[1]), error = (unsigned)atoi(argv[2]);
  struct sock_filter rules[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const struct sock_fprog program = {sizeof rules / sizeof *rules, rules};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return 3;
  if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) != 0) return 4;
  execvp(argv[3], argv + 3);
  perror(argv[3]);
  return 5;
}
`;

/** Returns the arguments that run a command for which the system call of this number fails with this errno. */
export function withoutCall(folder: string, call: number, errno: number, command: readonly string[]): string[] {
  const launcher = join(folder, 'without-call');
  writeFileSync(`${launcher}.c`, SOURCE);
  execFileSync('cc', ['-O1', '-Wall', '-Werror', '-o', launcher, `${launcher}.c`]);
  return [launcher, String(call), String(errno), ...command];
}
