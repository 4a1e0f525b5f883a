#include "runner/sandbox/syscall_rules.hpp"

#include <fcntl.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>

namespace plughost::runner {
namespace {

// Allows the commands of fcntl that affect no other process (owners, signals, leases) and no kernel memory.
void allow_descriptor_commands(SyscallFilter &filter, bool locks) {
  filter.allow_one_of(SYS_fcntl, 1, {F_GETFD, F_SETFD, F_GETFL, F_DUPFD, F_DUPFD_CLOEXEC});
  filter.allow(SYS_fcntl, {{1, UINT32_MAX, F_SETFL}, {2, O_ASYNC, 0}});
  if (locks) filter.allow_one_of(SYS_fcntl, 1, {F_GETLK, F_SETLK, F_SETLKW, F_OFD_GETLK, F_OFD_SETLK, F_OFD_SETLKW});
}

}  // namespace

void allow_basics(SyscallFilter &filter, bool writing) {
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
  // The handler that tells the host where a plugin hangs then waits by pause(), which is one of these. Without
  // descriptors ppoll does nothing else.
  filter.allow(SYS_ppoll, {{1, UINT32_MAX, 0}});
#ifdef SYS_pause
  filter.allow({SYS_pause});
#endif
  if (writing) {
    filter.allow({SYS_write, SYS_writev});
  } else {
    filter.allow_one_of(SYS_write, 0, {STDOUT_FILENO, STDERR_FILENO});
    filter.allow_one_of(SYS_writev, 0, {STDOUT_FILENO, STDERR_FILENO});
  }
  // Signals to its own process only: abort() raises SIGABRT this way.
  filter.allow_one_of(SYS_tgkill, 0, {static_cast<uint32_t>(getpid())});
  // Libraries can do without these.
  filter.refuse({SYS_ioctl}, ENOTTY);
  filter.refuse({SYS_readlinkat}, EPERM);
#ifdef SYS_readlink
  filter.refuse({SYS_readlink}, EPERM);
#endif
  // The C library then uses clone, whose flags the filter can check. Those of clone3 are in memory.
  filter.refuse({SYS_clone3}, ENOSYS);
}

void trap_odd_memory(SyscallFilter &filter, bool compiles) {
  constexpr uint64_t kWritableCode = PROT_WRITE | PROT_EXEC;
  constexpr uint64_t kShared = MAP_SHARED | MAP_ANONYMOUS;
  filter.trap(SYS_mmap, {{3, MAP_GROWSDOWN, MAP_GROWSDOWN}});
  filter.trap(SYS_mmap, {{3, MAP_HUGETLB, MAP_HUGETLB}});
  filter.trap(SYS_mmap, {{3, kShared, kShared}});
  filter.trap(SYS_mmap, {{2, kWritableCode, kWritableCode}});
  filter.trap(SYS_mmap, {{2, PROT_EXEC, PROT_EXEC}, {3, MAP_ANONYMOUS, MAP_ANONYMOUS}});
  const uint64_t later_code = compiles ? kWritableCode : PROT_EXEC;
  filter.trap(SYS_mprotect, {{2, later_code, later_code}});
}

void allow_threads(SyscallFilter &filter, bool granted) {
  constexpr uint32_t kNamespaces =
      CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET;
  constexpr uint32_t kThread = CLONE_THREAD | CLONE_VM;
  if (granted) {
    filter.allow(SYS_clone, {{0, kThread | kNamespaces, kThread}});
    // SIGCANCEL and SIGSETXID: the C library sets their handlers when the first thread starts.
    filter.allow_one_of(SYS_rt_sigaction, 0, {32, 33});
    // Setting a policy is refused: a process may set that of every process of its user.
    filter.allow({SYS_sched_getparam, SYS_sched_getscheduler});
  }
  // Not by SIGSYS: the C library blocks all signals around clone, so a signal would kill the process.
  filter.refuse({SYS_clone}, EPERM);
}

void allow_files(SyscallFilter &filter, bool reading, bool writing) {
  if (!reading && !writing) {
    // stdio and the time zone functions make these calls routinely and work without an answer.
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
  // Before version 3 Landlock lets a process truncate a file that it may only read, by O_RDONLY | O_TRUNC.
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

}  // namespace plughost::runner
