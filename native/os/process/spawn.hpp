// Starts a program as a child process.
// Platform: posix_spawn with a working folder, POSIX_SPAWN_SETPGROUP and pipe2.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "os/file/descriptor.hpp"

namespace plughost {

struct Spawned {
  pid_t pid;
  Descriptor output, errors;  // read ends of the pipes that are its standard output and standard error
};

// Starts a program in a process group of its own. The child has `folder` as working folder (-1: `/`), standard input
// from /dev/null, default signals, `environment` (NAME=VALUE) and `descriptors` as 3, 4 and so on. Borrows all
// descriptors. Throws SystemFailed, and then there is no child and no new descriptor; its operation is kStartProgram
// when the program itself could not be started.
Spawned spawn(const std::string &executable, const std::vector<int> &descriptors,
              const std::vector<std::string> &environment, int folder);

// Kills the process with its group, and waits until it has ended. For one that nothing else waits for. [any]
void kill_and_reap(const Spawned &spawned);

inline constexpr const char *kStartProgram = "start plughost-runner";

}  // namespace plughost
