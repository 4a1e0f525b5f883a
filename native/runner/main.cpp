// plughost-runner: one plugin in a process of its own. Started by the host alone, with memory to share as descriptors;
// docs/isolation.md describes what it does with them.
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>

#include "channel.hpp"
#include "loaded_plugin.hpp"
#include "sandbox.hpp"
#include "server.hpp"
#include "tracer.hpp"

namespace plughost::runner {
namespace {

using isolation::Refusal;
using isolation::State;

// Bytes of the main thread's stack, where the host has no limit for it.
constexpr rlim_t kMostStack = 64 << 20;

constexpr int kNotByHand = 2;
constexpr int kRefused = 3;

void refuse(const Channel &channel, const Refused &refused) {
  auto &results = channel.results();
  results.refusal = refused.refusal;
  results.refusal_code = refused.code;
  results.refusal_size = static_cast<uint32_t>(std::min(refused.text.size(), sizeof results.refusal_text));
  std::memcpy(results.refusal_text, refused.text.data(), results.refusal_size);
  channel.enter(State::refused);
  channel.wake_host();
  end_well();
  _exit(kRefused);
}

// A runner never outlives its host, and no core is written of what others may not read.
void belong_to(pid_t host) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != host) _exit(kNotByHand);
}

void limit(int resource, rlim_t most) {
  rlimit now{};
  if (getrlimit(static_cast<__rlimit_resource_t>(resource), &now) != 0) return;
  now.rlim_cur = now.rlim_max = std::min(most, now.rlim_max);
  setrlimit(static_cast<__rlimit_resource_t>(resource), &now);
}

// What was the limit so far is no longer to be raised.
void limit_stack() {
  rlimit now{};
  if (getrlimit(RLIMIT_STACK, &now) == 0) limit(RLIMIT_STACK, std::min(now.rlim_cur, kMostStack));
}

int run() {
  Channel channel;
  if (!channel.open()) {
    // ENOMEM and the like: the memory is there, and this process may not have it.
    const char *const reason = errno == EBADF || errno == EINVAL || errno == 0
                                   ? "it is started by plughost, with memory to share, and is no command"
                                   : std::strerror(errno);
    std::fprintf(stderr, "plughost-runner: %s\n", reason);
    return kNotByHand;
  }
  belong_to(static_cast<pid_t>(channel.requests().host_pid));
  limit(RLIMIT_CORE, 0);
  limit_stack();
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  // A sanitizer's own memory is more than any limit.
  if (channel.requests().memory > 0) limit(RLIMIT_DATA, channel.requests().memory);
#endif
  trace_faults(channel);
  try {
    channel.enter(State::confining);
    const Sandbox sandbox(channel);
    sandbox.enter_loading();
    LoadedPlugin plugin(channel);
    plugin.init(channel);
    plugin.describe(channel);
    {
      Server server(channel, plugin);
      sandbox.enter_running();
      channel.enter(State::ready);
      channel.wake_host();
      server.serve();
      channel.enter(State::destroying);
    }
    plugin.destroy();
  } catch (const Refused &refused) {
    refuse(channel, refused);
  }
  channel.enter(State::ended);
  end_well();
  std::fflush(nullptr);
  _exit(0);
}

}  // namespace
}  // namespace plughost::runner

int main() { return plughost::runner::run(); }
