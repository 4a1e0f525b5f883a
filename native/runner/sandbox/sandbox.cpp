#include "runner/sandbox/sandbox.hpp"

#include <fcntl.h>
#include <linux/capability.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <ctime>

#include "runner/loaded_plugin.hpp"
#include "runner/sandbox/denials.hpp"
#include "runner/sandbox/helpful_grant.hpp"
#include "runner/sandbox/landlock.hpp"
#include "runner/sandbox/syscall_filter.hpp"

namespace plughost::runner {

using ipc::Refusal;

namespace {

std::atomic<bool> sandboxed{false};
const Channel *of_process = nullptr;

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
  filter.trap(SYS_mmap, {{3, MAP_GROWSDOWN, MAP_GROWSDOWN}});
  filter.trap(SYS_mmap, {{3, MAP_HUGETLB, MAP_HUGETLB}});
  filter.trap(SYS_mmap, {{3, kShared, kShared}});
  filter.trap(SYS_mmap, {{2, kWritableCode, kWritableCode}});
  filter.trap(SYS_mmap, {{2, PROT_EXEC, PROT_EXEC}, {3, MAP_ANONYMOUS, MAP_ANONYMOUS}});
  filter.trap(SYS_mprotect, {{2, PROT_EXEC, PROT_EXEC}});
}

// Around clone the C library blocks every signal, so that a refusal by a signal would kill the process.
void allow_threads(SyscallFilter &filter, bool granted) {
  constexpr uint32_t kNamespaces =
      CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET;
  constexpr uint32_t kThread = CLONE_THREAD | CLONE_VM;
  if (granted) {
    filter.allow(SYS_clone, {{0, kThread | kNamespaces, kThread}});
    // Of the C library's own two signals, which it takes when the first thread is started.
    filter.allow_one_of(SYS_rt_sigaction, 0, {32, 33});
    // To set a policy is refused: the kernel lets a process set that of every process of its user.
    filter.allow({SYS_sched_getparam, SYS_sched_getscheduler});
  }
  filter.refuse({SYS_clone}, EPERM);
}

// Commands on an open file that reach neither another process (owners, signals, leases) nor memory of the kernel.
void allow_descriptor_commands(SyscallFilter &filter, bool locks) {
  filter.allow_one_of(SYS_fcntl, 1, {F_GETFD, F_SETFD, F_GETFL, F_DUPFD, F_DUPFD_CLOEXEC});
  filter.allow(SYS_fcntl, {{1, UINT32_MAX, F_SETFL}, {2, O_ASYNC, 0}});
  if (locks) filter.allow_one_of(SYS_fcntl, 1, {F_GETLK, F_SETLK, F_SETLKW, F_OFD_GETLK, F_OFD_SETLK, F_OFD_SETLKW});
}

// Allows the system calls for file access. Landlock decides which paths.
void allow_files(SyscallFilter &filter, bool reading, bool writing) {
  if (!reading && !writing) {
    // Whoever prints or asks for the time asks so, and goes on without an answer.
    filter.refuse({SYS_newfstatat, SYS_statx}, EPERM);
    return;
  }
  filter.allow({SYS_newfstatat, SYS_statx, SYS_faccessat, SYS_read, SYS_pread64, SYS_readv, SYS_lseek, SYS_getdents64,
                SYS_fadvise64});
  allow_descriptor_commands(filter, writing);
#ifdef SYS_access
  filter.allow({SYS_access});
#endif
  constexpr uint32_t kWrites = O_WRONLY | O_RDWR | O_CREAT | O_TRUNC | O_APPEND | (O_TMPFILE & ~O_DIRECTORY) | O_ASYNC;
  if (!writing) {
    filter.allow(SYS_openat, {{2, kWrites, 0}});
#ifdef SYS_open
    filter.allow(SYS_open, {{1, kWrites, 0}});
#endif
    return;
  }
  // Landlock before its third version lets whoever may read a file cut it so.
  filter.trap(SYS_openat, {{2, O_ACCMODE | O_TRUNC, O_RDONLY | O_TRUNC}});
#ifdef SYS_open
  filter.trap(SYS_open, {{1, O_ACCMODE | O_TRUNC, O_RDONLY | O_TRUNC}});
#endif
  filter.allow({SYS_openat, SYS_mkdirat, SYS_unlinkat, SYS_renameat2, SYS_ftruncate, SYS_fsync, SYS_fdatasync,
                SYS_pwrite64, SYS_fallocate, SYS_umask});
#ifdef SYS_open
  filter.allow({SYS_open, SYS_creat, SYS_mkdir, SYS_unlink, SYS_rename, SYS_rmdir});
#endif
}

}  // namespace

bool is_sandboxed() { return sandboxed.load(std::memory_order_relaxed); }

bool may_start_threads() { return of_process->requests().threads != 0; }

Sandbox::Sandbox(const Channel &channel)
    : channel_(channel), wanted_(channel.requests().sandbox != 0), threads_(channel.requests().threads != 0) {
  const auto identities = channel.list(channel.requests().identities);
  // A plugin that may write could put something else, such as a link, at a place that was granted, and would have that
  // as well when its process is started again. What others put there while it only reads is theirs to decide.
  const bool writes = channel.requests().writable.size > 0;
  size_t next = 0;
  const auto places = [&](ipc::Part part) {
    std::vector<Place> granted;
    for (std::string &path : channel.list(part))
      granted.push_back({std::move(path), writes ? identities.at(next++) : std::string(kAnything)});
    return granted;
  };
  readable_ = places(channel.requests().readable);
  writable_ = places(channel.requests().writable);
}

void Sandbox::confine(const std::vector<Place> &readable) const {
  if (landlock_ == 0 || confine_files(landlock_, readable, writable_)) return;
  if (errno != ESTALE) refuse("confine it to its files by Landlock");
  throw Refused{Refusal::sandbox, 0, "what was granted is not there any more, or something else is in its place"};
}

void Sandbox::enter_loading() {
  if (!wanted_) return;
  of_process = &channel_;
  report_denials(channel_);
  remember_folder();
  tzset();  // reads the time zone, which a plugin that asks for the time would want later
  limit(RLIMIT_MEMLOCK, 0);
  drop_capabilities();
  if (writable_.empty()) limit(RLIMIT_FSIZE, 0);
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) refuse("give up new privileges");

  landlock_ = landlock_version();
  channel_.results().landlock.store(static_cast<uint32_t>(landlock_), std::memory_order_relaxed);
  if (landlock_ == 0) {
    if (!readable_.empty() || !writable_.empty())
      throw Refused{Refusal::sandbox, 0,
                    "the kernel has no Landlock, so what is granted of files cannot be kept to what is granted"};
    channel_.log(PLUG_LOG_WARNING,
                 "the kernel has no Landlock: while the plugin is loaded and initialised it can read any file");
  }
  std::vector<Place> readable;
  for (const char *path : {"/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/etc/ld.so.cache"})
    readable.push_back({path, ""});
  readable.insert(readable.end(), readable_.begin(), readable_.end());
  confine(readable);

  SyscallFilter filter;
  refuse_odd_memory(filter);
  // A dynamic loader maps code out of files, and after init the second stage is put up.
  filter.allow({SYS_mmap, SYS_mprotect, SYS_seccomp});
  filter.allow({kLandlockCreate, kLandlockAdd, kLandlockRestrict});
  filter.allow_one_of(SYS_prctl, 0, {PR_SET_NAME, PR_GET_NAME, PR_SET_VMA});
  // The handler of SIGSYS stays ours, so that refusals are reported.
  filter.allow(SYS_rt_sigaction, {{1, UINT64_MAX, 0}});
  filter.trap(SYS_rt_sigaction, {{0, UINT32_MAX, SIGSYS}});
  filter.allow({SYS_rt_sigaction});
  // Its own limits are its own to lower; to raise them it has no right left.
  filter.allow(SYS_prlimit64, {{0, UINT32_MAX, 0}});
  allow_living(filter, !writable_.empty());
  allow_threads(filter, threads_);
  allow_files(filter, true, !writable_.empty());
  if (!filter.install()) refuse("filter its system calls by seccomp");
  sandboxed.store(true);
}

void Sandbox::enter_running() {
  if (!wanted_) return;
  confine(readable_);
  const bool files = !readable_.empty() || !writable_.empty();
  if (!files) limit(RLIMIT_NOFILE, 0);

  SyscallFilter filter;
  allow_living(filter, !writable_.empty());
  allow_threads(filter, threads_);
  allow_files(filter, !readable_.empty(), !writable_.empty());
  refuse_odd_memory(filter);
  // Private memory that is neither file nor code.
  filter.allow(SYS_mmap, {{2, PROT_EXEC, 0}, {3, MAP_SHARED | MAP_ANONYMOUS, MAP_ANONYMOUS}});
  filter.allow({SYS_mprotect});
  filter.allow(SYS_prlimit64, {{0, UINT32_MAX, 0}, {2, UINT64_MAX, 0}});
  if (!filter.install()) refuse("filter its system calls by seccomp");
}

}  // namespace plughost::runner
