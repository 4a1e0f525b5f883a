// plughost-runner: runs one plugin in its own process. Only the host starts it, with shared memory as inherited
// descriptors. docs/isolation.md describes the process. With the word `guard` it starts another program instead.
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
#include "runner/guard/guard.hpp"
#include "runner/loaded_plugin.hpp"
#include "runner/sandbox/sandbox.hpp"
#include "runner/server.hpp"
#include "runner/stack_walk.hpp"
#include "runner/tracer.hpp"

namespace plughost::runner {
namespace {

using ipc::Refusal;
using ipc::State;

// The largest stack of the main thread, in bytes.
constexpr rlim_t kMaxStack = 64 << 20;

// Exit statuses: not started by a host, or its host is gone; the plugin was refused.
constexpr int kNoHost = 2;
constexpr int kRefused = 3;

// Tells the host why the plugin cannot be called, and ends the process.
void refuse(const Channel &channel, const Refused &refused) {
  auto &results = channel.results();
  results.refusal = refused.refusal;
  results.refusal_code = refused.code;
  results.refusal_size = static_cast<uint32_t>(std::min(refused.text.size(), sizeof results.refusal_text));
  std::memcpy(results.refusal_text, refused.text.data(), results.refusal_size);
  channel.set_state(State::refused);
  channel.wake_host();
  expect_exit();
  _exit(kRefused);
}

// Makes the kernel kill the runner when its host ends. Ends it if the host is gone already.
void die_with(pid_t host) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != host) _exit(kNoHost);
}

void limit(int resource, rlim_t most) {
  rlimit now{};
  if (getrlimit(static_cast<__rlimit_resource_t>(resource), &now) != 0) return;
  now.rlim_cur = now.rlim_max = std::min(most, now.rlim_max);
  setrlimit(static_cast<__rlimit_resource_t>(resource), &now);
}

// Makes the soft limit of the stack, at most kMaxStack, the hard limit too.
void limit_stack() {
  rlimit now{};
  if (getrlimit(RLIMIT_STACK, &now) == 0) limit(RLIMIT_STACK, std::min(now.rlim_cur, kMaxStack));
}

// Returns the bytes of address space that are mapped now, or an estimate if /proc cannot be read.
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

// Limits the memory of the plugin, if the host set a limit. RLIMIT_DATA counts private writable mappings, but not
// growing stacks and shared memory. So RLIMIT_AS limits the whole address space too: to what is mapped now, plus the
// plugin's memory, plus as much again (at least 64 MiB) for code and for reserved but unused addresses. The host
// watches the memory that is really used.
void limit_memory(const ipc::Requests &requests) {
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  // Not in a sanitizer build: its shadow memory exceeds any limit.
  constexpr rlim_t kLeastReserve = 64 << 20;
  const rlim_t memory = requests.memory;
  if (memory == 0) return;
  limit(RLIMIT_DATA, memory);
  limit(RLIMIT_AS, mapped(requests) + memory + std::max(memory, kLeastReserve));
#else
  static_cast<void>(requests);
#endif
}

// Restores the locale and the environment that the plugin changed while it was loaded, and logs what it restored. The
// host does the same for a plugin in its own process, so a plugin works alike in both.
void restore_state(Channel &channel, const LibraryState &state) {
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
    // Other errors, such as ENOMEM: the host did start the runner, but the memory cannot be mapped.
    const char *const reason = errno == EBADF || errno == EINVAL || errno == 0
                                   ? "it is started by plughost, with memory to share, and is no command"
                                   : std::strerror(errno);
    std::fprintf(stderr, "plughost-runner: %s\n", reason);
    return kNoHost;
  }
  die_with(static_cast<pid_t>(channel.requests().host_pid));
  // Node ignores it too. So a write to a closed pipe or connection is an error for a plugin in every place, and no
  // crash.
  signal(SIGPIPE, SIG_IGN);
  limit(RLIMIT_CORE, 0);  // a core file would hold lines that its readers may not see
  limit_stack();
  limit_memory(channel.requests());
  install_fault_handlers(channel);
  try {
    channel.set_state(State::confining);
    Sandbox sandbox(channel);
    sandbox.enter_loading();
    load_unwinder();
    const LibraryState state;
    LoadedPlugin plugin(channel);
    plugin.init(channel);
    plugin.describe(channel);
    restore_state(channel, state);
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
  expect_exit();
  std::fflush(nullptr);
  _exit(0);
}

}  // namespace
}  // namespace plughost::runner

int main(int count, char **words) {
  if (count > 1 && std::strcmp(words[1], "guard") == 0) return plughost::runner::guard(count - 2, words + 2);
  return plughost::runner::run();
}
