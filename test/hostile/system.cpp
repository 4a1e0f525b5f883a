// System calls by other calling conventions, which a seccomp filter may miss, and what a runner inherits.
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <string>

#include "forger.hpp"

namespace hostile {
namespace {

#if defined(__x86_64__)
// Makes the same call by its x32 number, and by its 32-bit number.
long x32() {
  long result;
  __asm__ volatile("syscall" : "=a"(result) : "a"(0x40000000L | SYS_getpid) : "rcx", "r11", "memory");
  return result;
}
long old_gate() {
  long result;
  __asm__ volatile("int $0x80" : "=a"(result) : "a"(20L) : "memory");
  return result;
}
#else
long x32() { __builtin_trap(); }
long old_gate() { __builtin_trap(); }
#endif

// Prints the names of the environment variables, and the descriptors.
std::string born_with() {
  std::string text = "variables";
  for (char **variable = environ; *variable; variable++)
    text.append(" ").append(*variable, std::strcspn(*variable, "="));
  text.append("; descriptors");
  for (int descriptor = 0; descriptor < 1024; descriptor++)
    if (fcntl(descriptor, F_GETFD) >= 0) text.append(" ").append(std::to_string(descriptor));
  return text;
}

}  // namespace

bool ask_the_system(const scene &at) {
  const auto is = [&](const char *name) { return std::strcmp(name, at.attack) == 0; };
  if (is("x32")) {
    if (begin(at)) x32();
    return true;
  }
  if (is("old-gate")) {
    if (begin(at)) old_gate();
    return true;
  }
  if (!is("born-with")) return false;
  if (begin(at)) std::fprintf(stderr, "%s\n", born_with().c_str());
  return true;
}

}  // namespace hostile
