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
#include "runner/sandbox/grant_hint.hpp"
#include "runner/sandbox/landlock.hpp"
#include "runner/sandbox/syscall_filter.hpp"
#include "runner/sandbox/syscall_rules.hpp"

namespace plughost::runner {

using ipc::Refusal;

namespace {

std::atomic<bool> sandboxed{false};
const Channel *channel_of_process = nullptr;

// Throws Refused for a step that failed with errno.
[[noreturn]] void refuse(const char *what) {
  throw Refused{Refusal::sandbox, errno, std::string(what) + ": " + std::strerror(errno)};
}

void limit_or_refuse(__rlimit_resource_t resource, rlim_t most) {
  const rlimit wanted{most, most};
  if (setrlimit(resource, &wanted) != 0) refuse("limit what it may use");
}

// Drops all capabilities. Root is then an ordinary user, who owns many files.
void drop_capabilities() {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  const __user_cap_data_struct none[2] = {};
  if (syscall(SYS_capset, &header, none) != 0) refuse("give up its capabilities");
}

}  // namespace

bool is_sandboxed() { return sandboxed.load(std::memory_order_relaxed); }

bool may_start_threads() { return channel_of_process->requests().threads != 0; }

Sandbox::Sandbox(const Channel &channel)
    : channel_(channel), wanted_(channel.requests().sandbox != 0), threads_(channel.requests().threads != 0) {
  const auto identities = channel.texts(channel.requests().identities);
  // A plugin that may write could replace a granted file by a link to another one, and would get that when its process
  // is started again. So each path must still be the file that the host saw. A plugin that only reads cannot do that.
  const bool writes = channel.requests().writable.size > 0;
  size_t next = 0;
  const auto granted_paths = [&](ipc::Part part) {
    std::vector<GrantedPath> granted;
    for (std::string &path : channel.texts(part))
      granted.push_back({std::move(path), writes ? identities.at(next++) : std::string(kAnything)});
    return granted;
  };
  readable_ = granted_paths(channel.requests().readable);
  writable_ = granted_paths(channel.requests().writable);
}

void Sandbox::confine(const std::vector<GrantedPath> &readable) const {
  if (landlock_ == 0 || confine_files(landlock_, readable, writable_)) return;
  if (errno != ESTALE) refuse("confine it to its files by Landlock");
  throw Refused{Refusal::sandbox, 0, "what was granted is not there any more, or something else is in its place"};
}

void Sandbox::enter_loading() {
  if (!wanted_) return;
  channel_of_process = &channel_;
  report_denials(channel_);
  remember_folder();
  tzset();  // loads the time zone now: later its file cannot be opened
  limit_or_refuse(RLIMIT_MEMLOCK, 0);
  drop_capabilities();
  if (writable_.empty()) limit_or_refuse(RLIMIT_FSIZE, 0);
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
  std::vector<GrantedPath> readable;
  for (const char *path : {"/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/etc/ld.so.cache"})
    readable.push_back({path, ""});
  readable.insert(readable.end(), readable_.begin(), readable_.end());
  confine(readable);

  SyscallFilter filter;
  // An adapter that compiles is a part of the host. What it compiles cannot make a system call.
  trap_odd_memory(filter, channel_.requests().compiles != 0);
  // The dynamic loader maps code from files. enter_running() needs seccomp and Landlock again.
  filter.allow({SYS_mmap, SYS_mprotect, SYS_seccomp});
  filter.allow({kLandlockCreate, kLandlockAdd, kLandlockRestrict});
  filter.allow_one_of(SYS_prctl, 0, {PR_SET_NAME, PR_GET_NAME, PR_SET_VMA});
  // The plugin may set handlers, but not that of SIGSYS, which reports refused calls.
  filter.allow(SYS_rt_sigaction, {{1, UINT64_MAX, 0}});
  filter.trap(SYS_rt_sigaction, {{0, UINT32_MAX, SIGSYS}});
  filter.allow({SYS_rt_sigaction});
  // It may lower its own limits. It cannot raise them without capabilities.
  filter.allow(SYS_prlimit64, {{0, UINT32_MAX, 0}});
  allow_basics(filter, !writable_.empty());
  allow_threads(filter, threads_);
  allow_files(filter, true, !writable_.empty());
  if (!filter.install()) refuse("filter its system calls by seccomp");
  sandboxed.store(true);
}

void Sandbox::enter_running() {
  if (!wanted_) return;
  confine(readable_);
  const bool files = !readable_.empty() || !writable_.empty();
  if (!files) limit_or_refuse(RLIMIT_NOFILE, 0);

  SyscallFilter filter;
  allow_basics(filter, !writable_.empty());
  allow_threads(filter, threads_);
  allow_files(filter, !readable_.empty(), !writable_.empty());
  trap_odd_memory(filter, false);
  // Private anonymous memory that is not executable.
  filter.allow(SYS_mmap, {{2, PROT_EXEC, 0}, {3, MAP_SHARED | MAP_ANONYMOUS, MAP_ANONYMOUS}});
  filter.allow({SYS_mprotect});
  filter.allow(SYS_prlimit64, {{0, UINT32_MAX, 0}, {2, UINT64_MAX, 0}});
  if (!filter.install()) refuse("filter its system calls by seccomp");
}

}  // namespace plughost::runner
