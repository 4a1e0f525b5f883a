#include "os/process/process_state.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include "os/file/file.hpp"

extern "C" char **environ;

namespace plughost {
namespace {

bool is_same(const struct stat &one, const struct stat &other) {
  return one.st_dev == other.st_dev && one.st_ino == other.st_ino;
}

bool is_same(const struct sigaction &one, const struct sigaction &other) {
  return one.sa_handler == other.sa_handler && one.sa_flags == other.sa_flags;
}

// Reads the umask from /proc: umask() itself would change it for a moment, in which other threads may create files.
int read_umask() {
  const Descriptor file(open("/proc/self/status", O_RDONLY | O_CLOEXEC), true);
  char text[512];
  const ssize_t size = file.get() < 0 ? -1 : read(file.get(), text, sizeof text - 1);
  if (size <= 0) return -1;
  text[size] = 0;
  const char *const found = std::strstr(text, "\nUmask:");
  return found ? static_cast<int>(std::strtol(found + std::strlen("\nUmask:"), nullptr, 8)) : -1;
}

const char *name_of_limit(int resource) {
  switch (resource) {
    case RLIMIT_NOFILE:
      return "the limit of open files";
    case RLIMIT_FSIZE:
      return "the limit of a file's size";
    case RLIMIT_AS:
      return "the limit of address space";
    case RLIMIT_DATA:
      return "the limit of memory";
    case RLIMIT_STACK:
      return "the limit of the stack";
    case RLIMIT_CPU:
      return "the limit of processor time";
    case RLIMIT_NPROC:
      return "the limit of processes";
    default:
      return "the limit of a core's size";
  }
}

// Splits an entry `name=value`.
std::pair<std::string_view, std::string_view> split(const char *entry) {
  const std::string_view text(entry);
  const size_t equals = text.find('=');
  if (equals == std::string_view::npos) return {text, {}};
  return {text.substr(0, equals), text.substr(equals + 1)};
}

void note(Changes *changes, bool done, std::string what) {
  (done ? changes->put_back : changes->lost).push_back(std::move(what));
}

}  // namespace

LibraryState::LibraryState(bool environment)
    : locale_(setlocale(LC_ALL, nullptr)), thread_locale_(uselocale(locale_t{})), watches_environment_(environment) {
  if (!environment) return;
  for (char **entry = environ; entry && *entry; entry++) environment_.insert(split(*entry));
}

void LibraryState::restore(Changes *changes) const {
  if (locale_ != setlocale(LC_ALL, nullptr)) {
    changes->of_library = true;
    note(changes, setlocale(LC_ALL, locale_.c_str()) != nullptr, "the locale");
  }
  if (uselocale(locale_t{}) != thread_locale_) {
    uselocale(thread_locale_);
    note(changes, true, "the locale of a thread");
  }
  if (!watches_environment_) return;
  std::vector<std::string> added, changed;
  size_t known = 0;
  for (char **entry = environ; entry && *entry; entry++) {
    const auto [name, value] = split(*entry);
    const auto before = environment_.find(name);
    if (before == environment_.end())
      added.emplace_back(name);
    else if (known++, before->second != value)
      changed.emplace_back(name);
  }
  if (added.empty() && changed.empty() && known == environment_.size()) return;
  changes->of_library = true;
  for (const std::string &name : added) unsetenv(name.c_str());
  for (const auto &[name, value] : environment_) setenv(name.c_str(), value.c_str(), 1);
  for (const std::string &name : changed) added.push_back(name);
  std::string names;
  for (const std::string &name : added) names += (names.empty() ? " (" : ", ") + name;
  note(changes, true, "the environment" + (names.empty() ? names : names + ")"));
}

ProcessState::ProcessState(bool whole)
    : whole_(whole),
      library_(whole),
      folder_(whole ? open_working_folder() : Descriptor(-1, false)),
      umask_(whole ? read_umask() : -1) {
  if (folder_.get() >= 0) fstat(folder_.get(), &folder_file_);
  for (size_t i = 0; i < kLimits.size(); i++) getrlimit(kLimits[i], &limits_[i]);
  for (const int stream : kStreams) {
    struct stat file {};
    const int copy = fstat(stream, &file) == 0 ? fcntl(stream, F_DUPFD_CLOEXEC, 3) : -1;
    streams_.push_back({Descriptor(copy, true), file});
  }
  pthread_sigmask(SIG_SETMASK, nullptr, &mask_);
  for (size_t i = 0; i < kHostSignals.size(); i++) sigaction(kHostSignals[i], nullptr, &host_signals_[i]);
  for (size_t i = 0; i < kCrashSignals.size(); i++) sigaction(kCrashSignals[i], nullptr, &crash_signals_[i]);
}

Changes ProcessState::restore() const {
  Changes changes;
  // Limits and descriptors come first: the other parts need descriptors.
  restore_limits(&changes);
  restore_streams(&changes);
  std::fflush(stdout);
  restore_folder(&changes);
  restore_umask(&changes);
  restore_signals(&changes);
  library_.restore(&changes);
  return changes;
}

void ProcessState::restore_folder(Changes *changes) const {
  struct stat now {};
  if (folder_.get() < 0 || (stat(".", &now) == 0 && is_same(now, folder_file_))) return;
  note(changes, fchdir(folder_.get()) == 0, "the working folder");
}

void ProcessState::restore_umask(Changes *changes) const {
  if (umask_ < 0 || read_umask() == umask_) return;
  umask(static_cast<mode_t>(umask_));
  note(changes, true, "the umask");
}

void ProcessState::restore_limits(Changes *changes) const {
  for (size_t i = 0; i < kLimits.size(); i++) {
    rlimit now{};
    if (getrlimit(kLimits[i], &now) != 0) continue;
    if (now.rlim_cur == limits_[i].rlim_cur && now.rlim_max == limits_[i].rlim_max) continue;
    bool done = setrlimit(kLimits[i], &limits_[i]) == 0;
    // A hard limit cannot be raised again, but the soft limit below it can.
    if (!done && limits_[i].rlim_cur <= now.rlim_max) {
      now.rlim_cur = limits_[i].rlim_cur;
      done = setrlimit(kLimits[i], &now) == 0;
    }
    note(changes, done, name_of_limit(kLimits[i]));
  }
}

void ProcessState::restore_streams(Changes *changes) const {
  static constexpr const char *kNames[] = {"standard input", "standard output", "standard error"};
  for (size_t i = 0; i < kStreams.size(); i++) {
    const Stream &stream = streams_[i];
    struct stat now {};
    const bool is_open = fstat(kStreams[i], &now) == 0;
    if (stream.copy.get() < 0) {
      if (!is_open) continue;
      close(kStreams[i]);
      note(changes, true, kNames[i]);
    } else if (!is_open || !is_same(now, stream.file)) {
      note(changes, dup2(stream.copy.get(), kStreams[i]) >= 0, kNames[i]);
    }
  }
}

void ProcessState::restore_signals(Changes *changes) const {
  sigset_t now{};
  pthread_sigmask(SIG_SETMASK, nullptr, &now);
  if (std::memcmp(&now, &mask_, sizeof now) != 0) {
    pthread_sigmask(SIG_SETMASK, &mask_, nullptr);
    note(changes, true, "the signals that are blocked");
  }
  bool taken = false;
  struct sigaction action {};
  for (size_t i = 0; whole_ && i < kHostSignals.size(); i++) {
    if (sigaction(kHostSignals[i], nullptr, &action) != 0 || is_same(action, host_signals_[i])) continue;
    taken = sigaction(kHostSignals[i], &host_signals_[i], nullptr) == 0;
  }
  // A plugin's own handler may pass on faults that are not its own. The default action or SIG_IGN would hide the crash.
  for (size_t i = 0; i < kCrashSignals.size(); i++) {
    if (sigaction(kCrashSignals[i], nullptr, &action) != 0 || is_same(action, crash_signals_[i])) continue;
    if (action.sa_handler != SIG_DFL && action.sa_handler != SIG_IGN) continue;
    taken = sigaction(kCrashSignals[i], &crash_signals_[i], nullptr) == 0;
  }
  if (taken) note(changes, true, "what signals do");
}

}  // namespace plughost
