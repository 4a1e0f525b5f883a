/* Faults with signals. */
#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fault.h"

static void raised(int number) { kill(getpid(), number); }

static void raise_segv(const scene *at) { (void)at, raise(SIGSEGV); }
static void raise_bus(const scene *at) { (void)at, raise(SIGBUS); }
static void raise_term(const scene *at) { (void)at, raised(SIGTERM), abort(); }
static void raise_kill(const scene *at) { (void)at, raised(SIGKILL), abort(); }
static void raise_alarm(const scene *at) {
  (void)at, alarm(1);
  for (;;) sleep(1000);
}
static void trap(const scene *at) { (void)at, __builtin_trap(); }
static void abort_call(const scene *at) { (void)at, abort(); }

static void divide_by_zero(const scene *at) {
  (void)at;
#if defined(__x86_64__)
  __asm__ volatile("xor %%ecx, %%ecx; mov $1, %%eax; cltd; idiv %%ecx" : : : "eax", "ecx", "edx", "cc");
#else
  raise(SIGFPE);
#endif
}

static void bad_instruction(const scene *at) {
  (void)at;
#if defined(__x86_64__)
  __asm__ volatile("ud2");
#else
  raise(SIGILL);
#endif
}

static void blocked_then_crash(const scene *at) {
  (void)at;
  sigset_t all;
  sigfillset(&all);
  sigprocmask(SIG_SETMASK, &all, NULL);
  *HIDDEN((volatile int *)8) = 1;
}

static void ignored_then_crash(const scene *at) {
  (void)at;
  signal(SIGSEGV, SIG_IGN);
  *HIDDEN((volatile int *)8) = 1;
}

static void jump_to_nowhere(const scene *at) {
  (void)at;
  jmp_buf never_set;
  memset(&never_set, 0x41, sizeof never_set);
  longjmp(never_set, 1);
}

const fault signal_faults[] = {{"raise-segv", raise_segv},
                               {"raise-bus", raise_bus},
                               {"raise-term", raise_term},
                               {"raise-kill", raise_kill},
                               {"raise-alarm", raise_alarm},
                               {"trap", trap},
                               {"abort", abort_call},
                               {"divide-by-zero", divide_by_zero},
                               {"bad-instruction", bad_instruction},
                               {"blocked-then-crash", blocked_then_crash},
                               {"ignored-then-crash", ignored_then_crash},
                               {"jump-to-nowhere", jump_to_nowhere},
                               {0}};
