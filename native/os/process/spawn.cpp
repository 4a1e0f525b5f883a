#include "os/process/spawn.hpp"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#include "os/system_failed.hpp"

namespace plughost {
namespace {

// The functions of posix_spawn return the error and do not set errno.
void check(int error) {
  if (error != 0) throw SystemFailed("prepare a process", error);
}

class Actions {
 public:
  Actions() { check(posix_spawn_file_actions_init(&actions_)); }
  ~Actions() { posix_spawn_file_actions_destroy(&actions_); }
  Actions(const Actions &) = delete;
  Actions &operator=(const Actions &) = delete;
  posix_spawn_file_actions_t *get() { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_;
};

class Attributes {
 public:
  Attributes() {
    check(posix_spawnattr_init(&attributes_));
    sigset_t all, none;
    sigfillset(&all);
    sigemptyset(&none);
    // These only set fields of the struct, so they cannot fail.
    posix_spawnattr_setsigdefault(&attributes_, &all);
    posix_spawnattr_setsigmask(&attributes_, &none);
    posix_spawnattr_setpgroup(&attributes_, 0);
    posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
  }
  ~Attributes() { posix_spawnattr_destroy(&attributes_); }
  Attributes(const Attributes &) = delete;
  Attributes &operator=(const Attributes &) = delete;
  const posix_spawnattr_t *get() const { return &attributes_; }

 private:
  posix_spawnattr_t attributes_;
};

struct Pipe {
  Descriptor from, to;
};

Pipe open_pipe() {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) throw SystemFailed("open a pipe");
  return {Descriptor(ends[0], true), Descriptor(ends[1], true)};
}

// Returns a copy with a number above those of the child, so that no descriptor overwrites another while they are put in
// place. The number is the lowest of these, because the limit of open files is a limit of numbers.
Descriptor out_of_the_way(int descriptor, size_t least) {
  Descriptor copy(fcntl(descriptor, F_DUPFD_CLOEXEC, static_cast<int>(least)), true);
  // EINVAL: the limit is below `least`.
  if (copy.get() < 0) throw SystemFailed("open a descriptor", errno == EINVAL ? EMFILE : errno);
  return copy;
}

}  // namespace

Spawned spawn(const std::string &executable, const std::vector<int> &descriptors,
              const std::vector<std::string> &environment, int folder) {
  Pipe output = open_pipe(), errors = open_pipe();
  Actions actions;
  // The folder comes first, because a later descriptor may take its number.
  check(folder < 0 ? posix_spawn_file_actions_addchdir_np(actions.get(), "/")
                   : posix_spawn_file_actions_addfchdir_np(actions.get(), folder));
  std::vector<Descriptor> sources;
  int number = 0;
  check(posix_spawn_file_actions_addopen(actions.get(), number++, "/dev/null", O_RDONLY, 0));
  std::vector<int> given = {output.to.get(), errors.to.get()};
  given.insert(given.end(), descriptors.begin(), descriptors.end());
  for (const int descriptor : given) {
    sources.push_back(out_of_the_way(descriptor, given.size() + 1));
    check(posix_spawn_file_actions_adddup2(actions.get(), sources.back().get(), number++));
  }

  std::vector<char *> variables;
  for (const std::string &variable : environment) variables.push_back(const_cast<char *>(variable.c_str()));
  variables.push_back(nullptr);
  std::string name = "plughost-runner";
  char *const arguments[] = {name.data(), nullptr};
  const Attributes attributes;
  pid_t pid = 0;
  const int error = posix_spawn(&pid, executable.c_str(), actions.get(), attributes.get(), arguments, variables.data());
  if (error != 0) throw SystemFailed(kStartProgram, error);
  return {pid, std::move(output.from), std::move(errors.from)};
}

void kill_and_reap(const Spawned &spawned) {
  kill(-spawned.pid, SIGKILL);
  while (waitpid(spawned.pid, nullptr, 0) < 0 && errno == EINTR) continue;
}

}  // namespace plughost
