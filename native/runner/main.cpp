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
#include <new>

#include "os/process/process_state.hpp"
#include "runner/channel.hpp"
#include "runner/loaded_plugin.hpp"
#include "runner/sandbox/sandbox.hpp"
#include "runner/server.hpp"
#include "runner/stack_walk.hpp"
#include "runner/tracer.hpp"

namespace plughost::runner {
namespace {

using ipc::Refusal;
using ipc::State;

// Bytes of the main thread's stack, where the host has no limit for it.
constexpr rlim_t kMaxStack = 64 << 20;

constexpr int kNotByHand = 2;
constexpr int kRefused = 3;

void refuse(const Channel &channel, const Refused &refused) {
  auto &results = channel.results();
  results.refusal = refused.refusal;
  results.refusal_code = refused.code;
  results.refusal_size = static_cast<uint32_t>(std::min(refused.text.size(), sizeof results.refusal_text));
  std::memcpy(results.refusal_text, refused.text.data(), results.refusal_size);
  channel.set_state(State::refused);
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
  if (getrlimit(RLIMIT_STACK, &now) == 0) limit(RLIMIT_STACK, std::min(now.rlim_cur, kMaxStack));
}

// Bytes of address space that are mapped.
rlim_t mapped(const ipc::Requests &requests) {
  if (FILE *file = std::fopen("/proc/self/statm", "re")) {
    unsigned long pages = 0;
    const int got = std::fscanf(file, "%lu", &pages);
    std::fclose(file);
    if (got == 1) return pages * static_cast<rlim_t>(sysconf(_SC_PAGESIZE));
  }
  constexpr rlim_t kOwn = 32 << 20;
  return kOwn + ipc::kSlots * requests.payload + requests.answers.size + requests.blocks;
}

// RLIMIT_DATA counts what can be written as it is mapped, and misses what takes the place of a reservation, stacks that
// grow, and what is shared. So all address space is limited too: to what is mapped by now, what the plugin may have,
// and as much again for code and for what is reserved and not used. The host watches how much is used.
void limit_memory(const ipc::Requests &requests) {
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  // A sanitizer's own memory is more than any limit.
  constexpr rlim_t kLeastReserve = 64 << 20;
  const rlim_t memory = requests.memory;
  if (memory == 0) return;
  limit(RLIMIT_DATA, memory);
  limit(RLIMIT_AS, mapped(requests) + memory + std::max(memory, kLeastReserve));
#else
  static_cast<void>(requests);
#endif
}

// Locale and environment are what they were, as in a process that the plugin shares with its host, where it must not
// work by others than here.
void keep(Channel &channel, const LibraryState &state) {
  Changes changes;
  state.restore(&changes);
  for (const std::string &what : changes.put_back) {
    const std::string text = "load: it changed what all of the process shares, which was put back: " + what;
    channel.log(PLUG_LOG_PLUGIN_MISBEHAVING, text);
  }
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
  limit_memory(channel.requests());
  trace_faults(channel);
  try {
    channel.set_state(State::confining);
    Sandbox sandbox(channel);
    sandbox.enter_loading();
    load_unwinder();
    const LibraryState state;
    LoadedPlugin plugin(channel);
    plugin.init(channel);
    plugin.describe(channel);
    keep(channel, state);
    {
      Server server(channel, plugin);
      sandbox.enter_running();
      channel.set_state(State::ready);
      channel.wake_host();
      server.serve();
      channel.set_state(State::destroying);
    }
    plugin.destroy();
  } catch (const Refused &refused) {
    refuse(channel, refused);
  } catch (const std::bad_alloc &) {
    refuse(channel, {Refusal::failed, PLUG_ERROR_NOMEM, "init: there is no memory left for the process that it is in"});
  }
  channel.set_state(State::ended);
  end_well();
  std::fflush(nullptr);
  _exit(0);
}

}  // namespace
}  // namespace plughost::runner

int main() { return plughost::runner::run(); }
