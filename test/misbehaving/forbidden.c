/* Tries operations that a sandbox must refuse, one after the other, and reports the result of each. All of them are
 * harmless when they succeed. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <plughost/config.h>
#include <plughost/plughost.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

PLUG_MANIFEST({
  "id" : "org.plughost.forbidden",
  "name" : "forbidden",
  "version" : "0.1.0",
  "description" : "Tries what a sandbox refuses",
  "extensions" : ["plug.filter/1"],
  "config" : {"type" : "object", "properties" : {"at" : {"type" : "string", "default" : "run"}}}
})

#define call(...) syscall(__VA_ARGS__)
#define PATH "/tmp/plughost-forbidden"

static long try_socket(void) { return socket(AF_INET, SOCK_STREAM, 0); }
static long try_unix_socket(void) { return socket(AF_UNIX, SOCK_DGRAM, 0); }
static long try_socketpair(void) {
  int pair[2];
  return socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
}
static long try_connect(void) {
  struct sockaddr_un to = {AF_UNIX, PATH};
  return connect(1, (struct sockaddr *)&to, sizeof to) < 0 && errno != EPERM && errno != EACCES ? 0 : -1;
}
static long try_bind(void) {
  struct sockaddr_un to = {AF_UNIX, PATH};
  return bind(1, (struct sockaddr *)&to, sizeof to) < 0 && errno != EPERM && errno != EACCES ? 0 : -1;
}
static long try_listen(void) { return listen(1, 1) < 0 && errno != EPERM ? 0 : -1; }
static long try_read_file(void) { return open("/etc/passwd", O_RDONLY); }
static long try_read_proc(void) { return open("/proc/self/maps", O_RDONLY); }
static long try_read_folder(void) { return open("/tmp", O_RDONLY | O_DIRECTORY); }
static long try_write_file(void) { return open(PATH, O_WRONLY | O_CREAT, 0600); }
static long try_write_null(void) { return open("/dev/null", O_WRONLY); }
static long try_creat(void) { return creat(PATH, 0600); }
static long try_openat2(void) {
  struct {
    uint64_t flags, mode, resolve;
  } how = {O_RDONLY, 0, 0};
  return call(437, AT_FDCWD, "/etc/passwd", &how, sizeof how);
}
static long try_mkdir(void) { return mkdir(PATH, 0700); }
static long try_rmdir(void) { return rmdir(PATH) < 0 && errno == ENOENT ? 0 : -1; }
static long try_unlink(void) { return unlink(PATH) < 0 && errno == ENOENT ? 0 : -1; }
static long try_rename(void) { return rename(PATH, PATH "2") < 0 && errno == ENOENT ? 0 : -1; }
static long try_symlink(void) { return symlink("nothing", PATH); }
static long try_link(void) { return link("/etc/hostname", PATH); }
static long try_chmod(void) { return chmod(PATH, 0600) < 0 && errno == ENOENT ? 0 : -1; }
static long try_chown(void) { return chown(PATH, 0, 0) < 0 && errno == ENOENT ? 0 : -1; }
static long try_truncate(void) { return truncate(PATH, 0) < 0 && errno == ENOENT ? 0 : -1; }
static long try_mknod(void) { return mknod(PATH, S_IFIFO | 0600, 0); }
static long try_chdir(void) { return chdir("/tmp"); }
static long try_chroot(void) { return chroot("/tmp"); }
static long try_pivot_root(void) { return call(SYS_pivot_root, "/", "/") < 0 && errno != EPERM ? 0 : -1; }
static long try_mount(void) { return call(SYS_mount, "x", "/nothing", "tmpfs", 0, 0) < 0 && errno == ENOENT ? 0 : -1; }
static long try_umount(void) { return call(SYS_umount2, "/nothing", 0) < 0 && errno == ENOENT ? 0 : -1; }
static long try_execve(void) {
  char *const arguments[] = {(char *)"/nothing", NULL};
  return execve("/nothing", arguments, NULL) < 0 && errno == ENOENT ? 0 : -1;
}
static long try_execveat(void) {
  char *const arguments[] = {(char *)"x", NULL};
  return call(SYS_execveat, AT_FDCWD, "/nothing", arguments, NULL, 0) < 0 && errno == ENOENT ? 0 : -1;
}
static long child(long pid) {
  if (pid == 0) _exit(0);
  return pid;
}
static long try_fork(void) { return child(fork()); }
static long try_clone(void) { return child(call(SYS_clone, SIGCHLD, 0, 0, 0, 0)); }
static long try_clone3(void) {
  uint64_t arguments[8] = {0, 0, 0, 0, SIGCHLD};
  return child(call(SYS_clone3, arguments, sizeof arguments));
}
static long try_unshare(void) { return unshare(CLONE_NEWUSER); }
static long try_setns(void) { return setns(1, 0) < 0 && errno != EPERM ? 0 : -1; }
static long try_ptrace(void) { return call(SYS_ptrace, 0x4206, getppid(), 0, 0); }
static long try_readv_of_host(void) {
  char byte;
  struct iovec here = {&byte, 1}, there = {&byte, 1};
  return process_vm_readv(getppid(), &here, 1, &there, 1, 0) < 0 && errno == EFAULT ? 0 : -1;
}
static long try_writev_to_host(void) {
  char byte = 0;
  struct iovec here = {&byte, 1}, there = {(void *)8, 1};
  return process_vm_writev(getppid(), &here, 1, &there, 1, 0) < 0 && errno == EFAULT ? 0 : -1;
}
static long try_kill_host(void) { return kill(getppid(), 0); }
static long try_kill_all(void) { return call(SYS_kill, -1, 0); }
static long try_kill_self(void) { return kill(getpid(), 0); }
static long try_tgkill_host(void) { return call(SYS_tgkill, getppid(), getppid(), 0); }
static long try_tkill_host(void) { return call(SYS_tkill, getppid(), 0); }
static long try_pidfd(void) { return call(434, getppid(), 0); }
static long try_queue_signal(void) {
  siginfo_t info = {0};
  return call(SYS_rt_sigqueueinfo, getppid(), 0, &info) < 0 && errno != EPERM ? 0 : -1;
}
static long try_limits_of_host(void) {
  struct rlimit limits;
  return prlimit(getppid(), RLIMIT_NOFILE, NULL, &limits);
}
static long try_raise_limit(void) {
  struct rlimit limits = {RLIM_INFINITY, RLIM_INFINITY};
  return setrlimit(RLIMIT_FSIZE, &limits);
}
/* A pointer whose lower half is zero: a filter that checks only 32 bits takes it for null. */
static long try_raise_stack(void) {
  struct rlimit *limit = mmap((void *)0x700000000000, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  *limit = (struct rlimit){RLIM_INFINITY, RLIM_INFINITY};
  return call(SYS_prlimit64, 0, RLIMIT_STACK, limit, NULL);
}
static long try_priority_of_host(void) { return setpriority(PRIO_PROCESS, (id_t)getppid(), 1); }
static long try_affinity_of_host(void) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(0, &set);
  return sched_setaffinity(getppid(), sizeof set, &set);
}
static long try_write_execute(void) {
  void *at = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return at == MAP_FAILED ? -1 : 0;
}
static long try_make_executable(void) {
  void *at = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return mprotect(at, 4096, PROT_READ | PROT_EXEC);
}
static long try_executable_stack(void) {
  int on_stack;
  const uintptr_t page = (uintptr_t)&on_stack & ~(uintptr_t)4095;
  return mprotect((void *)page, 4096, PROT_READ | PROT_WRITE | PROT_EXEC | PROT_GROWSDOWN);
}
static long mapped(int prot, int flags) {
  void *at = mmap(NULL, 2 << 20, prot, flags | MAP_ANONYMOUS, -1, 0);
  return at == MAP_FAILED && errno != ENOMEM ? -1 : 0;
}
static long try_executable_memory(void) { return mapped(PROT_READ | PROT_EXEC, MAP_PRIVATE); }
static long try_stack_of_its_own(void) { return mapped(PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_GROWSDOWN); }
static long try_huge_pages(void) { return mapped(PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_HUGETLB); }
static long try_shared_memory(void) {
  void *at = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  return at == MAP_FAILED ? -1 : 0;
}
static long try_memfd(void) { return memfd_create("x", 0); }
static long try_bpf(void) {
  char attributes[64] = {0};
  return call(SYS_bpf, 0, attributes, sizeof attributes) < 0 && errno != EPERM ? 0 : -1;
}
static long try_perf(void) {
  char attributes[128] = {0};
  return call(SYS_perf_event_open, attributes, 0, -1, -1, 0) < 0 && errno != EPERM && errno != EACCES ? 0 : -1;
}
static long try_io_uring(void) {
  char parameters[256] = {0};
  return call(425, 1, parameters);
}
static long try_userfaultfd(void) { return call(SYS_userfaultfd, 1); }
static long try_keyctl(void) { return call(SYS_keyctl, 0, -3, 0); }
static long try_add_key(void) { return call(SYS_add_key, "user", "plughost", "x", 1, -1); }
static long try_init_module(void) { return call(SYS_init_module, NULL, 0, "") < 0 && errno != EPERM ? 0 : -1; }
static long try_kexec(void) { return call(SYS_kexec_load, 0, 99, NULL, 0) < 0 && errno != EPERM ? 0 : -1; }
static long try_reboot(void) { return call(SYS_reboot, 1, 2, 3, NULL) < 0 && errno != EPERM ? 0 : -1; }
static long try_swapon(void) { return call(SYS_swapon, "/nothing", 0) < 0 && errno == ENOENT ? 0 : -1; }
static long try_hostname(void) { return sethostname(NULL, 1 << 20) < 0 && errno != EPERM ? 0 : -1; }
static long try_clock(void) { return call(SYS_clock_settime, 99, NULL) < 0 && errno != EPERM ? 0 : -1; }
static long try_setuid(void) { return setuid(getuid()); }
static long try_capset(void) {
  uint32_t header[2] = {0x20080522, 0}, data[6] = {0};
  return call(SYS_capset, header, data);
}
static long try_personality(void) { return call(SYS_personality, 0xffffffff); }
static long try_prctl(void) { return call(SYS_prctl, 1, 0, 0, 0, 0); /* PR_SET_PDEATHSIG */ }
static long try_inotify(void) { return call(SYS_inotify_init1, 0); }
static long try_fanotify(void) { return call(SYS_fanotify_init, 0, 0); }
static long try_eventfd(void) { return call(SYS_eventfd2, 0, 0); }
static long try_epoll(void) { return call(SYS_epoll_create1, 0); }
static long try_timerfd(void) { return call(SYS_timerfd_create, 1, 0); }
static long try_pipe(void) {
  int pipes[2];
  return pipe(pipes);
}
static long try_shmget(void) { return call(SYS_shmget, 0, 4096, 0600); }
static long try_msgget(void) { return call(SYS_msgget, 0x7067, 0600) < 0 && errno == ENOENT ? 0 : -1; }
static long try_mq_open(void) { return call(SYS_mq_open, "plughost", O_RDONLY, 0, 0) < 0 && errno == ENOENT ? 0 : -1; }
static long try_file_handle(void) {
  int id;
  struct {
    unsigned size;
    int type;
    char bytes[128];
  } handle = {128};
  return call(SYS_name_to_handle_at, AT_FDCWD, "/etc/passwd", &handle, &id, 0);
}
static long try_sigaction(void) {
  struct sigaction action = {0};
  action.sa_handler = SIG_IGN;
  return sigaction(SIGUSR1, &action, NULL);
}
static long try_write_elsewhere(void) { return write(7, "x", 1) < 0 && errno != EPERM ? 0 : -1; }
static long try_stat(void) {
  struct stat facts;
  return stat("/etc/passwd", &facts);
}

/* Loading a library needs some of them; these have `loading`. */
static const struct probe {
  const char *name;
  long (*attempt)(void);
  int loading;
} probes[] = {
    {"socket", try_socket, 0},
    {"unix-socket", try_unix_socket, 0},
    {"socketpair", try_socketpair, 0},
    {"connect", try_connect, 0},
    {"bind", try_bind, 0},
    {"listen", try_listen, 0},
    {"read-file", try_read_file, 0},
    {"read-proc", try_read_proc, 0},
    {"read-folder", try_read_folder, 0},
    {"write-file", try_write_file, 0},
    {"write-null", try_write_null, 0},
    {"creat", try_creat, 0},
    {"openat2", try_openat2, 0},
    {"mkdir", try_mkdir, 0},
    {"rmdir", try_rmdir, 0},
    {"unlink", try_unlink, 0},
    {"rename", try_rename, 0},
    {"symlink", try_symlink, 0},
    {"link", try_link, 0},
    {"chmod", try_chmod, 0},
    {"chown", try_chown, 0},
    {"truncate", try_truncate, 0},
    {"mknod", try_mknod, 0},
    {"chdir", try_chdir, 0},
    {"chroot", try_chroot, 0},
    {"pivot-root", try_pivot_root, 0},
    {"mount", try_mount, 0},
    {"umount", try_umount, 0},
    {"execve", try_execve, 0},
    {"execveat", try_execveat, 0},
    {"fork", try_fork, 0},
    {"clone", try_clone, 0},
    {"clone3", try_clone3, 0},
    {"unshare", try_unshare, 0},
    {"setns", try_setns, 0},
    {"ptrace", try_ptrace, 0},
    {"process-vm-readv", try_readv_of_host, 0},
    {"process-vm-writev", try_writev_to_host, 0},
    {"kill-host", try_kill_host, 0},
    {"kill-all", try_kill_all, 0},
    {"kill-self", try_kill_self, 0},
    {"tgkill-host", try_tgkill_host, 0},
    {"tkill-host", try_tkill_host, 0},
    {"pidfd", try_pidfd, 0},
    {"queue-signal", try_queue_signal, 0},
    {"limits-of-host", try_limits_of_host, 0},
    {"raise-limit", try_raise_limit, 0},
    {"priority-of-host", try_priority_of_host, 0},
    {"affinity-of-host", try_affinity_of_host, 0},
    {"write-execute", try_write_execute, 0},
    {"make-executable", try_make_executable, 0},
    {"executable-stack", try_executable_stack, 0},
    {"executable-memory", try_executable_memory, 0},
    {"shared-memory", try_shared_memory, 0},
    {"stack-of-its-own", try_stack_of_its_own, 0},
    {"huge-pages", try_huge_pages, 0},
    {"raise-stack", try_raise_stack, 0},
    {"memfd", try_memfd, 0},
    {"bpf", try_bpf, 0},
    {"perf", try_perf, 0},
    {"io-uring", try_io_uring, 0},
    {"userfaultfd", try_userfaultfd, 0},
    {"keyctl", try_keyctl, 0},
    {"add-key", try_add_key, 0},
    {"init-module", try_init_module, 0},
    {"kexec", try_kexec, 0},
    {"reboot", try_reboot, 0},
    {"swapon", try_swapon, 0},
    {"hostname", try_hostname, 0},
    {"clock", try_clock, 0},
    {"setuid", try_setuid, 0},
    {"capset", try_capset, 0},
    {"personality", try_personality, 0},
    {"prctl", try_prctl, 0},
    {"inotify", try_inotify, 0},
    {"fanotify", try_fanotify, 0},
    {"eventfd", try_eventfd, 0},
    {"epoll", try_epoll, 0},
    {"timerfd", try_timerfd, 0},
    {"pipe", try_pipe, 0},
    {"shmget", try_shmget, 0},
    {"msgget", try_msgget, 0},
    {"mq-open", try_mq_open, 0},
    {"file-handle", try_file_handle, 0},
    {"sigaction", try_sigaction, 1},
    {"write-elsewhere", try_write_elsewhere, 0},
    {"stat", try_stat, 1},
};

static char told[1 << 14];

static void try_all(void) {
  size_t used = 0;
  for (size_t i = 0; i < sizeof probes / sizeof *probes; i++) {
    errno = 0;
    const long result = probes[i].attempt();
    const int error = errno;
    const int refused = result < 0 && (error == EPERM || error == EACCES || error == ENOSYS);
    used += (size_t)snprintf(told + used, sizeof told - used, "%s %s%s\n", probes[i].name, refused ? "refused" : "DONE",
                             probes[i].loading ? " loading" : "");
  }
}

#ifdef AT_LOAD
__attribute__((constructor)) static void at_load(void) { try_all(); }
#endif

static char place[16] = "run";

static int32_t init(plug_plugin *plugin, const plug_host *host, plug_bytes config, plug_error *error) {
  (void)plugin, (void)host, (void)error;
  uint64_t len = 0;
  if (plug_config_string(config, "at", (uint8_t *)place, sizeof place - 1, &len) == 1) place[len] = 0;
  if (strcmp(place, "init") == 0) try_all();
  return PLUG_OK;
}

static const char *name(const plug_plugin *plugin) { return (void)plugin, "Forbidden"; }
static int32_t run(plug_plugin *plugin, const plug_ctx *ctx, plug_sink *out, plug_error *error) {
  (void)plugin, (void)ctx, (void)error;
  if (strcmp(place, "run") == 0) try_all();
  return plug_put(out, told);
}

/* The line is the number of a probe. Keeps the line if the probe was refused. */
static int32_t match(const plug_plugin *plugin, void *state, const uint8_t *data, uint64_t len) {
  (void)plugin, (void)state;
  if (!told[0]) try_all();
  char line[64] = {0};
  memcpy(line, data, len < 32 ? len : 32);
  return strstr(told, strcat(line, " DONE")) != NULL;
}

static const plug_filter filter = {.size = sizeof(plug_filter), .flags = PLUG_FILTER_LINEWISE, .match = match};
static const void *extension(const plug_plugin *plugin, const char *id) {
  return (void)plugin, plug_same_id(id, PLUG_FILTER) ? &filter : NULL;
}

PLUG_EXPORT_DATA plug_plugin NewPlugin = {PLUG_PLUGIN_HEADER, .name = name, .init = init, .run = run,
                                          .extension = extension};
