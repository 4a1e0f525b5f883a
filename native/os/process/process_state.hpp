// The state of a process that all of its code shares: a plugin may change it for all others. The host remembers it
// before a call of a plugin and restores it after the call. Platform: umask from /proc, getrlimit, descriptors,
// pthread_sigmask, sigaction, setlocale, uselocale and environ.
#pragma once

#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <array>
#include <clocale>
#include <map>
#include <string>
#include <vector>

#include "os/file/descriptor.hpp"

namespace plughost {

// What was changed, in words such as "the umask".
struct Changes {
  std::vector<std::string> put_back;
  std::vector<std::string> lost;  // the system refused to restore it
  bool of_library = false;        // locale or environment: other plugins may have used the changed one
};

// The part of the C library: locale and environment. Makes no system calls.
class LibraryState {
 public:
  explicit LibraryState(bool environment = true);
  // [the same thread; no other thread may use the environment at the same time]
  void restore(Changes *changes) const;

 private:
  std::string locale_;
  locale_t thread_locale_;
  const bool watches_environment_;
  std::map<std::string, std::string, std::less<>> environment_;
};

// The part of the C library, and that of the system: working folder, umask, limits, descriptors 0 to 2, signal mask and
// handlers. Parts that the system does not report are not restored.
class ProcessState {
 public:
  // `whole`: also the working folder, umask, environment and handlers of signals. False in a program whose other code
  // may change these at the same time.
  explicit ProcessState(bool whole);
  ProcessState(const ProcessState &) = delete;
  ProcessState &operator=(const ProcessState &) = delete;

  // Restores what was changed, and flushes the buffer of standard output, in which the plugin may have left bytes.
  // [the same thread]
  Changes restore() const;

 private:
  static constexpr std::array kStreams = {0, 1, 2};
  static constexpr std::array kLimits = {RLIMIT_NOFILE, RLIMIT_FSIZE, RLIMIT_AS,    RLIMIT_DATA,
                                         RLIMIT_STACK,  RLIMIT_CPU,   RLIMIT_NPROC, RLIMIT_CORE};
  // Signals for which the host has handlers, or by which the shell sees how the host ended.
  static constexpr std::array kHostSignals = {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGPIPE, SIGCHLD, SIGUSR1};
  // Signals that the runtime of a language, such as Go or Java, must handle itself.
  static constexpr std::array kCrashSignals = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};

  struct Stream {
    Descriptor copy;
    struct stat file;
  };

  void restore_folder(Changes *changes) const;
  void restore_umask(Changes *changes) const;
  void restore_limits(Changes *changes) const;
  void restore_streams(Changes *changes) const;
  void restore_signals(Changes *changes) const;

  const bool whole_;
  const LibraryState library_;
  const Descriptor folder_;
  struct stat folder_file_ {};
  const int umask_;  // -1: not known
  std::array<rlimit, kLimits.size()> limits_{};
  std::vector<Stream> streams_;  // copy -1: it was not open
  sigset_t mask_{};
  std::array<struct sigaction, kHostSignals.size()> host_signals_{};
  std::array<struct sigaction, kCrashSignals.size()> crash_signals_{};
};

}  // namespace plughost
