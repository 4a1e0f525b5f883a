// Starting a program as a child process.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "os/file/descriptor.hpp"

namespace plughost {

struct Spawned {
  pid_t pid;
  Descriptor output, errors;  // the ends of pipes from which its standard output and standard error are read
};

// Starts a program in `folder`, a descriptor that is borrowed (-1: in `/`), with a process group of its own, standard
// input from /dev/null, every signal as the system has it, an environment of texts NAME=VALUE, and `descriptors`, which
// are borrowed, as 3, 4, … in the child. Throws SystemFailed, and then there is no child and no descriptor; when its
// operation is kStartProgram it was the program that could not be started.
Spawned spawn(const std::string &executable, const std::vector<int> &descriptors,
              const std::vector<std::string> &environment, int folder);

// Kills the process with its group, and waits until it has ended. For one that nothing else waits for. [any]
void kill_and_reap(const Spawned &spawned);

inline constexpr const char *kStartProgram = "start plughost-runner";

}  // namespace plughost
