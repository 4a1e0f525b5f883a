#include "sandbox.hpp"

#include <dlfcn.h>
#include <execinfo.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <string_view>

#include "helpful_grant.hpp"
#include "judged_libraries.hpp"
#include "landlock.hpp"
#include "loaded_plugin.hpp"
#include "syscall_filter.hpp"

namespace plughost::runner {

using isolation::Refusal;

namespace {

const Channel *teller = nullptr;
std::atomic<bool> sandboxed{false};
// Each is told; a plugin that tries without end is told so many times.
constexpr uint32_t kMostDenials = 100;
std::atomic<uint32_t> denials{0};

struct CallName {
  long number;
  const char *name;
};
constexpr CallName kNames[] = {
#include "syscall_names.inc"
};

const char *name_of(long number) {
  for (const CallName &call : kNames)
    if (call.number == number) return call.name;
  return nullptr;
}

}  // namespace

void tell_refusal(const char *name, const void *at, const uintptr_t *arguments) {
  const uint32_t before = denials.fetch_add(1);
  if (before > kMostDenials) return;
  char text[isolation::kLogText];
  char grant[900];
  write_helpful_grant(name, arguments, grant, sizeof grant);
  Dl_info found{};
  int length;
  if (before == kMostDenials) {
    length = std::snprintf(text, sizeof text, "the sandbox refused more calls, which are not listed");
  } else if (at && dladdr(at, &found) != 0) {
    const char *const file = real_path_of(found.dli_fname);
    const char *const slash = std::strrchr(file, '/');
    const auto offset = reinterpret_cast<uintptr_t>(at) - reinterpret_cast<uintptr_t>(found.dli_fbase);
    length =
        std::snprintf(text, sizeof text, "the sandbox refused %s, called by %s%s%s+0x%lx%s%s", name,
                      found.dli_sname ? found.dli_sname : "", found.dli_sname ? " (" : "", slash ? slash + 1 : file,
                      static_cast<unsigned long>(offset), found.dli_sname ? ")" : "", grant);
  } else {
    length = std::snprintf(text, sizeof text, "the sandbox refused %s%s", name, grant);
  }
  teller->log(PLUG_LOG_WARNING, {text, static_cast<size_t>(std::min<int>(length, sizeof text - 1))});
}

namespace {

const void *base_of(const void *at) {
  Dl_info found{};
  return dladdr(at, &found) == 0 ? nullptr : found.dli_fbase;
}

// The function that wants something, behind those of the C library that ask the system for it.
const void *wanting(const void *call) {
  const void *const system = base_of(reinterpret_cast<const void *>(&syscall));
  const void *const own = base_of(reinterpret_cast<const void *>(&is_sandboxed));
  void *frames[16];
  const int count = backtrace(frames, static_cast<int>(std::size(frames)));
  for (int i = 0; i < count; i++) {
    const void *const base = base_of(frames[i]);
    if (base && base != system && base != own) return static_cast<const uint8_t *>(frames[i]) - 1;
  }
  return call;
}

// The call has not been made: it fails, and the plugin goes on.
void on_denial(int, siginfo_t *info, void *context) {
  char number[24];
  const char *name = name_of(info->si_syscall);
  if (!name) {
    std::snprintf(number, sizeof number, "call %d", info->si_syscall);
    name = number;
  }
  auto &machine = static_cast<ucontext_t *>(context)->uc_mcontext;
#if defined(__x86_64__)
  const uintptr_t arguments[] = {static_cast<uintptr_t>(machine.gregs[REG_RDI]),
                                 static_cast<uintptr_t>(machine.gregs[REG_RSI]),
                                 static_cast<uintptr_t>(machine.gregs[REG_RDX])};
  tell_refusal(name, wanting(info->si_call_addr), arguments);
#elif defined(__aarch64__)
  const uintptr_t arguments[] = {machine.regs[0], machine.regs[1], machine.regs[2]};
  tell_refusal(name, wanting(info->si_call_addr), arguments);
#else
  tell_refusal(name, wanting(info->si_call_addr));
#endif
#if defined(__x86_64__)
  machine.gregs[REG_RAX] = -EPERM;
#elif defined(__aarch64__)
  machine.regs[0] = static_cast<unsigned long long>(-EPERM);
#endif
}

[[noreturn]] void refuse(const char *what) {
  throw Refused{Refusal::sandbox, errno, std::string(what) + ": " + std::strerror(errno)};
}

void limit(__rlimit_resource_t resource, rlim_t most) {
  const rlimit wanted{most, most};
  if (setrlimit(resource, &wanted) != 0) refuse("limit what it may use");
}

// Root without them is a user like others, who owns more files.
void drop_capabilities() {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  const __user_cap_data_struct none[2] = {};
  if (syscall(SYS_capset, &header, none) != 0) refuse("give up its capabilities");
}

// What every process of ours does all the time.
void allow_living(SyscallFilter &filter, bool writing) {
  filter.allow({SYS_futex,
                SYS_munmap,
                SYS_brk,
                SYS_madvise,
                SYS_rt_sigreturn,
                SYS_rt_sigprocmask,
                SYS_sigaltstack,
                SYS_clock_gettime,
                SYS_clock_getres,
                SYS_gettimeofday,
                SYS_getcpu,
                SYS_gettid,
                SYS_getpid,
                SYS_getppid,
                SYS_getuid,
                SYS_geteuid,
                SYS_getgid,
                SYS_getegid,
                SYS_sched_yield,
                SYS_sched_getaffinity,
                SYS_getrandom,
                SYS_nanosleep,
                SYS_clock_nanosleep,
                SYS_exit,
                SYS_exit_group,
                SYS_restart_syscall,
                SYS_set_robust_list,
                SYS_rseq,
                SYS_membarrier,
                SYS_close,
                SYS_mremap,
                SYS_uname,
                SYS_fstat});
#ifdef SYS_time
  filter.allow({SYS_time});
#endif
  if (writing) {
    filter.allow({SYS_write, SYS_writev});
  } else {
    filter.allow_one_of(SYS_write, 0, {STDOUT_FILENO, STDERR_FILENO});
    filter.allow_one_of(SYS_writev, 0, {STDOUT_FILENO, STDERR_FILENO});
  }
  // To its own threads alone: to raise what it dies of.
  filter.allow_one_of(SYS_tgkill, 0, {static_cast<uint32_t>(getpid())});
  // For libraries that have a way to go on without.
  filter.refuse({SYS_ioctl}, ENOTTY);
  filter.refuse({SYS_readlinkat}, EPERM);
#ifdef SYS_readlink
  filter.refuse({SYS_readlink}, EPERM);
#endif
  // So that the C library falls back to clone, whose flags can be looked at.
  filter.refuse({SYS_clone3}, ENOSYS);
}

// Memory that no limit counts as it is taken, or that is written and executed at once: in neither stage anything that
// is loaded needs it.
void refuse_odd_memory(SyscallFilter &filter) {
  constexpr uint64_t kWritableCode = PROT_WRITE | PROT_EXEC;
  constexpr uint64_t kShared = MAP_SHARED | MAP_ANONYMOUS;
  filter.refuse_if(SYS_mmap, {{3, MAP_GROWSDOWN, MAP_GROWSDOWN}});
  filter.refuse_if(SYS_mmap, {{3, MAP_HUGETLB, MAP_HUGETLB}});
  filter.refuse_if(SYS_mmap, {{3, kShared, kShared}});
  filter.refuse_if(SYS_mmap, {{2, kWritableCode, kWritableCode}});
  filter.refuse_if(SYS_mmap, {{2, PROT_EXEC, PROT_EXEC}, {3, MAP_ANONYMOUS, MAP_ANONYMOUS}});
  filter.refuse_if(SYS_mprotect, {{2, PROT_EXEC, PROT_EXEC}});
}

// Around clone the C library blocks every signal, so that nobody could be told of a refusal by one.
void allow_threads(SyscallFilter &filter, bool granted) {
  if (granted) {
    filter.allow_if(SYS_clone, {{0, CLONE_THREAD | CLONE_VM, CLONE_THREAD | CLONE_VM}}, EPERM);
    // Of the C library's own two signals, which it takes when the first thread is started.
    filter.allow_one_of(SYS_rt_sigaction, 0, {32, 33});
    filter.allow({SYS_sched_setscheduler, SYS_sched_getparam, SYS_sched_getscheduler});
  } else {
    filter.refuse({SYS_clone}, EPERM);
  }
}

// Which files those are is Landlock's to say, or without it nobody's.
void allow_files(SyscallFilter &filter, bool reading, bool writing) {
  if (!reading && !writing) {
    // Whoever prints or asks for the time asks so, and goes on without an answer.
    filter.refuse({SYS_newfstatat, SYS_statx}, EPERM);
    return;
  }
  filter.allow({SYS_newfstatat, SYS_statx, SYS_faccessat, SYS_read, SYS_pread64, SYS_readv, SYS_lseek, SYS_getdents64,
                SYS_fcntl, SYS_fadvise64});
#ifdef SYS_access
  filter.allow({SYS_access});
#endif
  constexpr uint32_t kWrites = O_WRONLY | O_RDWR | O_CREAT | O_TRUNC | O_APPEND | (O_TMPFILE & ~O_DIRECTORY);
  if (!writing) {
    filter.allow_if(SYS_openat, {{2, kWrites, 0}});
#ifdef SYS_open
    filter.allow_if(SYS_open, {{1, kWrites, 0}});
#endif
    return;
  }
  filter.allow({SYS_openat, SYS_mkdirat, SYS_unlinkat, SYS_renameat2, SYS_ftruncate, SYS_fsync, SYS_fdatasync,
                SYS_pwrite64, SYS_fallocate, SYS_umask});
#ifdef SYS_open
  filter.allow({SYS_open, SYS_creat, SYS_mkdir, SYS_unlink, SYS_rename, SYS_rmdir});
#endif
}

}  // namespace

bool is_sandboxed() { return sandboxed.load(std::memory_order_relaxed); }

bool may_start_threads() { return teller->requests().threads != 0; }

Sandbox::Sandbox(const Channel &channel)
    : channel_(channel),
      wanted_(channel.requests().sandbox != 0),
      threads_(channel.requests().threads != 0),
      readable_(channel.list(channel.requests().readable)),
      writable_(channel.list(channel.requests().writable)) {}

void Sandbox::enter_loading() const {
  if (!wanted_) return;
  teller = &channel_;
  remember_folder();
  tzset();  // reads the time zone, which a plugin that asks for the time would want later
  limit(RLIMIT_MEMLOCK, 0);
  drop_capabilities();
  if (writable_.empty()) limit(RLIMIT_FSIZE, 0);
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) refuse("give up new privileges");

  struct sigaction action {};
  action.sa_sigaction = on_denial;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
  sigaction(SIGSYS, &action, nullptr);

  const int version = landlock_version();
  channel_.results().landlock.store(static_cast<uint32_t>(version), std::memory_order_relaxed);
  std::vector<std::string> readable = {"/lib",       "/lib64",         "/usr/lib",
                                       "/usr/lib64", "/usr/local/lib", "/etc/ld.so.cache"};
  for (const auto *granted : {&readable_, &writable_})
    for (const std::string &path : *granted)
      if (access(path.c_str(), F_OK) != 0) refuse(("grant " + path).c_str());
  readable.insert(readable.end(), readable_.begin(), readable_.end());
  if (version > 0 && !confine_files(version, readable, writable_)) refuse("confine it to its files by Landlock");
  constexpr std::string_view kNoLandlock =
      "the kernel has no Landlock: while the plugin is loaded and initialised it can read any file";
  if (version == 0) channel_.log(PLUG_LOG_WARNING, kNoLandlock);

  SyscallFilter filter;
  refuse_odd_memory(filter);
  // A dynamic loader maps code out of files, and behind init the second stage is put up.
  filter.allow({SYS_mmap, SYS_mprotect, SYS_rt_sigaction, SYS_seccomp});
  filter.allow({kLandlockCreate, kLandlockAdd, kLandlockRestrict});
  filter.allow_one_of(SYS_prctl, 0, {PR_SET_NAME, PR_GET_NAME, PR_SET_VMA});
  // Its own limits are its own to lower; to raise them it has no right left.
  filter.allow_if(SYS_prlimit64, {{0, ~uint64_t{0}, 0}});
  allow_living(filter, !writable_.empty());
  allow_threads(filter, threads_);
  allow_files(filter, true, !writable_.empty());
  if (!filter.install()) refuse("filter its system calls by seccomp");
  sandboxed.store(true);
}

void Sandbox::enter_running() const {
  if (!wanted_) return;
  const int version = static_cast<int>(channel_.results().landlock.load(std::memory_order_relaxed));
  if (version > 0 && !confine_files(version, readable_, writable_)) refuse("confine it to its files by Landlock");
  const bool files = !readable_.empty() || !writable_.empty();
  if (!files) limit(RLIMIT_NOFILE, 0);

  SyscallFilter filter;
  allow_living(filter, !writable_.empty());
  allow_threads(filter, threads_);
  allow_files(filter, !readable_.empty(), !writable_.empty());
  refuse_odd_memory(filter);
  // Private memory that is neither file nor code.
  filter.allow_if(SYS_mmap, {{2, PROT_EXEC, 0}, {3, MAP_SHARED | MAP_ANONYMOUS, MAP_ANONYMOUS}});
  filter.allow({SYS_mprotect});
  filter.allow_if(SYS_prlimit64, {{0, ~uint64_t{0}, 0}, {2, ~uint64_t{0}, 0}});
  if (!filter.install()) refuse("filter its system calls by seccomp");
}

}  // namespace plughost::runner
