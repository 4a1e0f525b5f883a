/* Changes settings of the whole process. That alone does not make the call fail. */
#include <locale.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fault.h"

static void change_folder(const scene *at) {
  (void)at;
  if (chdir("/") != 0) return;
}
static void change_umask(const scene *at) { (void)at, umask(0777); }
static void change_environment(const scene *at) { (void)at, setenv("PATH", "/nowhere", 1), unsetenv("HOME"); }
static void change_locale(const scene *at) { (void)at, setlocale(LC_ALL, "C"); }
static void change_signal_mask(const scene *at) {
  (void)at;
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, NULL);
}
static void print_and_go_on(const scene *at) { (void)at, puts("a word between"), fflush(stdout); }
static void close_and_go_on(const scene *at) {
  (void)at;
  for (int descriptor = 0; descriptor < 1024; descriptor++) close(descriptor);
}

const fault setting_faults[] = {{"change-folder", change_folder},           {"change-umask", change_umask},
                                {"change-environment", change_environment}, {"change-locale", change_locale},
                                {"change-signal-mask", change_signal_mask}, {"print-and-go-on", print_and_go_on},
                                {"close-and-go-on", close_and_go_on},       {0}};
