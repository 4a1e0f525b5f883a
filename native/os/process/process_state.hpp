// What all code of a process shares and a plugin in it could change for everybody: remembered before a call of the
// plugin, compared and put back behind it.
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
  std::vector<std::string> lost;  // the system does not let it be put back
  bool of_library = false;        // locale or environment, by which other plugins may have gone meanwhile
};

// The C library's part: locale and environment. No system calls.
class LibraryState {
 public:
  explicit LibraryState(bool environment = true);
  // [the same thread; no other may use the environment meanwhile]
  void restore(Changes *changes) const;

 private:
  std::string locale_;
  locale_t thread_locale_;
  const bool watches_environment_;
  std::map<std::string, std::string, std::less<>> environment_;
};

// The system's part as well: working folder, umask, limits, descriptors 0 to 2, signal mask and handlers. What the
// system does not tell is not watched.
class ProcessState {
 public:
  // `whole`: also what other code of this program may rightly change meanwhile, which is working folder, umask,
  // environment and handlers of signals; false where there is such code.
  explicit ProcessState(bool whole);
  ProcessState(const ProcessState &) = delete;
  ProcessState &operator=(const ProcessState &) = delete;

  // Puts back what is not as it was, and writes out what the plugin left in the buffer of standard output.
  // [the same thread]
  Changes restore() const;

 private:
  static constexpr std::array kStreams = {0, 1, 2};
  static constexpr std::array kLimits = {RLIMIT_NOFILE, RLIMIT_FSIZE, RLIMIT_AS,    RLIMIT_DATA,
                                         RLIMIT_STACK,  RLIMIT_CPU,   RLIMIT_NPROC, RLIMIT_CORE};
  // Those that the host has handlers for, or that tell the shell how it ended.
  static constexpr std::array kHostSignals = {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGPIPE, SIGCHLD, SIGUSR1};
  // Those of which a language's own runtime (Go's, Java's) must take the handler.
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
