#include "engine/isolation/runner/runner_handle.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <new>
#include <thread>
#include <vector>

#include "engine/isolation/process/time_budget.hpp"
#include "engine/isolation/runner/read_once.hpp"
#include "engine/plugin/context.hpp"
#include "engine/plugin/host.hpp"
#include "os/process/signal_name.hpp"
#include "os/system_failed.hpp"
#include "os/thread/futex.hpp"

namespace plughost::isolation {

using namespace ipc;

namespace {

// How long a plugin may go on after its call was cancelled.
constexpr uint64_t kCancelGrace = 100 * kMs;
// How long a crashed process may take to look up the names of symbols, for which it may need the system's loader.
constexpr uint64_t kCrashReport = 300 * kMs;
// How long a hanging process may take to write where it hangs.
constexpr uint64_t kHangReport = 60 * kMs;
constexpr uint64_t kDeath = 2000 * kMs;
// How long a plugin may take for its destroy.
constexpr uint64_t kDestroyLimit = 1000 * kMs;

// Returns the environment of a runner: the host's variables for the loader, the allocator and sanitizers. Libraries
// that the user loads into every process are foreign code, so a sandboxed runner does not get them.
std::vector<std::string> environment_of(const RunnerSpec &spec) {
  std::vector<const char *> names = {"GLIBC_TUNABLES", "MALLOC_ARENA_MAX", "MALLOC_PERTURB_", "ASAN_OPTIONS",
                                     "LSAN_OPTIONS",   "MSAN_OPTIONS",     "TSAN_OPTIONS",    "UBSAN_OPTIONS"};
  // The loader would run code from these paths before the sandbox is up. The plugin does not need them: its libraries
  // come as sealed copies.
  if (!spec.sandbox) names.insert(names.end(), {"LD_LIBRARY_PATH", "LD_PRELOAD"});
  std::vector<std::string> environment;
  for (const char *name : names)
    if (const char *value = std::getenv(name)) environment.push_back(std::string(name) + "=" + value);
  return environment;
}

void sleep_ns(uint64_t ns) { std::this_thread::sleep_for(std::chrono::nanoseconds(ns)); }

bool crashed(const Results &results) { return results.crash.written.load(std::memory_order_acquire) > 0; }

}  // namespace

RunnerHandle::RunnerHandle(std::shared_ptr<const RunnerSpec> spec, const StageConfig &config, uint64_t start_ns)
    : spec_(std::move(spec)),
      request_memory_(*spec_, config),
      results_(answers_size(*spec_, config)),
      log_(*spec_, results_.results()) {
  std::vector<int> descriptors = {request_memory_.descriptor(), results_.memory()->descriptor()};
  for (auto &payload : payloads_) {
    payload = std::make_shared<SharedMemory>("plughost payload", request_memory_.requests().payload,
                                             SharedMemory::Size::as_needed);
    payload->keep_writing_to_myself();
    descriptors.push_back(payload->descriptor());
  }
  for (const JudgedLibrary &needed : spec_->needed) descriptors.push_back(needed.copy->descriptor());
  if (spec_->library.copy) descriptors.push_back(spec_->library.copy->descriptor());
  if (config.blocks) descriptors.push_back(config.blocks->descriptor());
  child_ = ProcessSupervisor::process().start(
      {spec_->executable, spec_->label, std::move(descriptors), environment_of(*spec_),
       spec_->folder ? spec_->folder->get() : -1,
       // Holds the memory, because the supervisor may call this after the handle is destroyed.
       [memory = results_.memory(), &results = results_.results()] { futex_wake(results.done); }});
  try {
    memory_ = std::make_shared<MemoryWatch>(child_, *spec_, results_.memory(), payloads_, config.blocks);
    if (spec_->memory > 0 && (!spec_->sandbox || spec_->threads)) ProcessSupervisor::process().watch_memory(memory_);
    await_ready(start_ns);
    read_description();
  } catch (...) {
    // The process may still run, whatever state it reports.
    child_->kill();
    throw;
  }
}

RunnerHandle::~RunnerHandle() {
  if (!child_ || child_->ended()) return;
  child_->kill();
}

void RunnerHandle::await_ready(uint64_t limit_ns) {
  const Results &results = results_.results();
  TimeBudget budget(*child_, limit_ns);
  for (;;) {
    const uint32_t done = results.done.load(std::memory_order_acquire);
    const State state = results.state.load(std::memory_order_acquire);
    if (state == State::ready) break;
    if (state >= State::refused) {
      await_end(kCrashReport);
      lose_refused();
    } else if (child_->ended() || crashed(results)) {
      lose(FaultKind::crash);
    } else if (budget.expired()) {
      lose(FaultKind::hang);
    } else {
      memory_->check();
      futex_wait(results.done, done, kEveryWaiter, kPollInterval);
      continue;
    }
    throw NotStarted{*fault_};
  }
  ready_ = true;
  log_.forward();
}

void RunnerHandle::read_description() {
  auto description = results_.description();
  if (!description) {
    Fault fault = describe(FaultKind::violation);
    fault.message = "what it says of itself cannot be";
    lose(std::move(fault), 0);
    throw NotStarted{*fault_};
  }
  description_ = std::move(*description);
}

std::span<uint8_t> RunnerHandle::payload(uint32_t slot, uint64_t size) {
  payloads_[slot]->reach(size);
  return {payloads_[slot]->data(), size};
}

bool RunnerHandle::ask(uint32_t slot, Request request, const plug_ctx &ctx, uint64_t limit_ns) {
  const auto cancelled = [&] { return __atomic_load_n(ctx.cancel, __ATOMIC_RELAXED); };
  Requests &requests = request_memory_.requests();
  const Results &results = results_.results();
  {
    std::lock_guard lock(mutex_);
    request.sequence = asked_[slot] = ++sequence_;
    request.worker = ctx.worker;
    request.deadline_ns = ctx.deadline_ns;
    requests.requests[slot] = request;
    requests.cancel.store(cancelled(), std::memory_order_relaxed);
    const uint32_t posted = requests.posted.load(std::memory_order_relaxed);
    requests.queue[posted % kSlots] = slot;
    requests.posted.store(posted + 1, std::memory_order_seq_cst);
  }
  if (results.sleeping.load(std::memory_order_seq_cst) != 0) futex_wake(requests.posted);

  TimeBudget budget(*child_, limit_ns);
  std::optional<TimeBudget> grace;  // since the plugin was told to cancel
  for (;;) {
    const uint32_t done = results.done.load(std::memory_order_acquire);
    if (results.results[slot].sequence.load(std::memory_order_acquire) == request.sequence) {
      progress_ns_.store(now_ns(), std::memory_order_relaxed);
      spent_ns_[slot] = budget.spent_ns();
      log_.forward();
      memory_->check();
      return true;
    }
    spent_ns_[slot] = budget.spent_ns();
    if (lost()) return false;
    memory_->check();
    if (child_->ended() || crashed(results)) {
      lose(FaultKind::crash);
    } else if (budget.expired(progress_ns_.load(std::memory_order_relaxed)) || (grace && grace->expired())) {
      lose(FaultKind::hang);
    } else {
      futex_wait(results.done, done, 1u << slot, kPollInterval);
      if (grace || cancelled() == PLUG_CANCEL_NONE) continue;
      requests.cancel.store(cancelled(), std::memory_order_relaxed);
      grace.emplace(*child_, kCancelGrace);
    }
  }
}

void RunnerHandle::blame(uint32_t slot, FaultKind kind, const std::string &operation, const std::string &message) {
  Fault fault = describe(kind);
  fault.state = State::calling;
  fault.operation = operation;
  fault.message = message;
  lose(std::move(fault), asked_[slot]);
  // Kill only after the fault is stored. Otherwise another thread would see the death first and store its own fault.
  child_->kill();
}

// Handles a runner that reports a state of State::refused or later.
void RunnerHandle::lose_refused() {
  Fault fault = describe(FaultKind::refusal);
  if (auto refusal = results_.refusal()) {
    fault.refusal = refusal->refusal;
    fault.code = refusal->code;
    fault.message = std::move(refusal->message);
  } else {
    fault.kind = FaultKind::violation;
    fault.message = "it says that it does not start, and not why";
  }
  lose(std::move(fault), 0);
}

// Ends the process, waits for what it still has to report, and stores the fault.
void RunnerHandle::lose(FaultKind kind) {
  if (lost()) return;
  const Results &results = results_.results();
  if (kind == FaultKind::hang) {
    child_->ask_for_trace();
    TimeBudget budget(*child_, kHangReport);
    while (!child_->ended() && results.stuck.written.load(std::memory_order_acquire) < 2 && !budget.expired())
      sleep_ns(kMs);
    child_->kill();
  } else if (kind == FaultKind::crash) {
    await_end(kCrashReport);
    child_->kill();
  }
  await_end(kDeath);
  lose(describe(kind), results.current.load(std::memory_order_relaxed));
}

void RunnerHandle::lose(Fault fault, uint64_t culprit) {
  log_.forward();
  {
    std::lock_guard lock(mutex_);
    if (lost()) return;
    culprit_ = culprit;
    fault_ = std::move(fault);
    lost_.store(true, std::memory_order_release);
  }
  futex_wake(results_.results().done);
}

void RunnerHandle::await_end(uint64_t limit_ns) const {
  TimeBudget budget(*child_, limit_ns);
  while (!child_->ended() && !budget.expired()) await_end_briefly();
}

void RunnerHandle::await_end_briefly() const {
  const Results &results = results_.results();
  const uint32_t done = results.done.load(std::memory_order_relaxed);
  if (!child_->ended()) futex_wait(results.done, done, kEveryWaiter, kMs);
  memory_->check();
}

Fault RunnerHandle::describe(FaultKind kind) const {
  const Results &results = results_.results();
  Fault fault;
  fault.kind = kind;
  fault.state = std::min(results.state.load(std::memory_order_acquire), State::refused);
  // A plugin that became ready cannot claim an earlier state.
  if (ready_) fault.state = std::max(fault.state, State::ready);
  if (kind == FaultKind::hang) {
    if (results.stuck.written.load(std::memory_order_acquire) > 0) results_.read_trace(results.stuck, *spec_, &fault);
    return fault;
  }
  fault.refused_call = bounded_text(results.denied);
  if (kind != FaultKind::crash) return fault;
  const ExitStatus exit = child_->ended() ? child_->exit_status() : ExitStatus{};
  fault.code = exit.signal ? exit.signal : exit.status;
  if (exit.signal == 0) fault.kind = FaultKind::exit;
  if (exit.killed()) fault.kind = FaultKind::kill;
  // Before the plugin is loaded, only the system's loader and the runner itself print errors.
  if (fault.state <= State::confining) fault.message = exit.last_error_line;
  fault.peak_memory = exit.peak_memory;
  fault.at_memory_limit = memory_->exceeded() || (spec_->memory > 0 && exit.peak_memory >= spec_->memory / 10 * 9);
  if (crashed(results)) {
    results_.read_trace(results.crash, *spec_, &fault);
    fault.kind = results.crash.signal == 0 ? FaultKind::exit : FaultKind::crash;
  }
  return fault;
}

void RunnerHandle::begin_end() {
  Requests &requests = request_memory_.requests();
  requests.stop.store(1, std::memory_order_seq_cst);
  futex_wake(requests.posted);
  destroy_budget_.emplace(*child_, kDestroyLimit);
}

bool RunnerHandle::is_ending() { return !lost() && !child_->ended() && !destroy_budget_->expired(); }

void RunnerHandle::finish_end() {
  if (lost()) return;
  log_.forward();
  if (results_.results().state.load(std::memory_order_acquire) != State::destroying) return;
  std::string what = "it did not return in time";
  if (child_->ended()) {
    const ExitStatus exit = child_->exit_status();
    // Another process may have killed it, so the plugin is not blamed.
    if (exit.killed()) return;
    what = exit.signal == 0 ? "it ended its process with status " + std::to_string(exit.status)
                            : std::string("it crashed with ") + signal_name(exit.signal);
  }
  // What the plugin did before is not affected.
  const std::string warning = "destroy: " + what + "; all that it made before is there";
  if (spec_->log->is_new(warning)) log_as(spec_->label, PLUG_LOG_PLUGIN_MISBEHAVING, warning);
}

std::shared_ptr<RunnerHandle> start_runner(const std::shared_ptr<const RunnerSpec> &spec, const StageConfig &config) {
  constexpr int kAttempts = 8;
  const uint64_t begin = now_ns();
  uint64_t limit_ns = spec->start_ns;
  for (int left = kAttempts;; left--) {
    try {
      return std::make_shared<RunnerHandle>(spec, config, limit_ns);
    } catch (const NotStarted &failed) {
      if (failed.fault.kind != FaultKind::kill || failed.fault.at_memory_limit || left == 1) throw;
      // All attempts share the time limit of one, so that a plugin gains no time by killing its own process.
      const uint64_t elapsed = now_ns() - begin;
      if (spec->start_ns > 0 && elapsed >= spec->start_ns) throw;
      if (spec->start_ns > 0) limit_ns = spec->start_ns - elapsed;
    } catch (const SystemFailed &failed) {
      Fault fault;
      fault.kind = FaultKind::no_process;
      fault.operation = failed.operation();
      fault.code = failed.code().value();
      throw NotStarted{std::move(fault)};
    } catch (const std::bad_alloc &) {
      Fault fault;
      fault.kind = FaultKind::no_process;
      fault.operation = "allocate memory";
      fault.code = ENOMEM;
      throw NotStarted{std::move(fault)};
    }
  }
}

}  // namespace plughost::isolation
