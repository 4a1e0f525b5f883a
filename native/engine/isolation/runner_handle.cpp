#include "engine/isolation/runner_handle.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <new>
#include <thread>

#include "engine/isolation/once.hpp"
#include "engine/isolation/patience.hpp"
#include "engine/plugin/context.hpp"
#include "engine/plugin/host.hpp"
#include "os/system_failed.hpp"
#include "os/thread/futex.hpp"

namespace plughost::isolation {

using namespace ipc;

namespace {

constexpr uint64_t kMs = 1'000'000;
// For a plugin that was told that its call is cancelled.
constexpr uint64_t kGrace = 100 * kMs;
// For a process that dies to say more: names of symbols, which may take the system's loader; where it hangs.
constexpr uint64_t kLastWords = 300 * kMs;
constexpr uint64_t kWhereItHangs = 60 * kMs;
constexpr uint64_t kDeath = 2000 * kMs;
constexpr uint64_t kLeastAnswer = 1 << 20;

// The texts of a spec, one behind the other, as Requests points to them.
class Texts {
 public:
  Part add(const std::string &text) {
    const Part part{sizeof(Requests) + bytes_.size(), text.size()};
    bytes_ += text;
    return part;
  }
  Part add(const std::vector<std::string> &list) {
    std::string joined;
    for (const std::string &text : list) joined.append(text).push_back('\0');
    return add(joined);
  }
  const std::string &bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

uint64_t request_size(const RunnerSpec &spec) {
  size_t texts = spec.library.path.size() + spec.label.size() + spec.config.size();
  for (const auto *list : {&spec.readable, &spec.writable, &spec.identities})
    for (const std::string &text : *list) texts += text.size() + 1;
  for (const JudgedLibrary &needed : spec.needed) texts += needed.path.size() + needed.name.size() + 2;
  return page_aligned(sizeof(Requests) + texts);
}

// What the plugin may have of memory is also the most that an answer of it can be made of.
uint64_t answer_size(const RunnerSpec &spec, const StageConfig &config) {
  return page_aligned(spec.memory > 0 ? std::min(config.answer, std::max(spec.memory, kLeastAnswer)) : config.answer);
}

uint64_t result_size(const RunnerSpec &spec, const StageConfig &config) {
  return page_aligned(sizeof(Results)) + kSlots * answer_size(spec, config);
}

// The variables that belong to a process and not to what runs in it: where its loader looks, how its allocator works,
// what a sanitizer does. What the user has loaded into every process is foreign code, which a sandbox keeps out.
std::vector<std::string> environment_of(const RunnerSpec &spec) {
  std::vector<const char *> names = {"GLIBC_TUNABLES", "MALLOC_ARENA_MAX", "MALLOC_PERTURB_", "ASAN_OPTIONS",
                                     "LSAN_OPTIONS",   "MSAN_OPTIONS",     "TSAN_OPTIONS",    "UBSAN_OPTIONS"};
  // What is found by these runs before the sandbox is up. What the plugin needs comes as copies in any case.
  if (!spec.sandbox) names.insert(names.end(), {"LD_LIBRARY_PATH", "LD_PRELOAD"});
  std::vector<std::string> environment;
  for (const char *name : names)
    if (const char *value = std::getenv(name)) environment.push_back(std::string(name) + "=" + value);
  return environment;
}

void sleep_ns(uint64_t ns) { std::this_thread::sleep_for(std::chrono::nanoseconds(ns)); }

}  // namespace

RunnerHandle::RunnerHandle(std::shared_ptr<const RunnerSpec> spec, const StageConfig &config, uint64_t start_ns)
    : spec_(std::move(spec)),
      request_memory_("plughost requests", request_size(*spec_)),
      result_memory_(std::make_shared<SharedMemory>("plughost results", result_size(*spec_, config))),
      requests_(new (request_memory_.data()) Requests{}),
      results_(reinterpret_cast<const Results *>(result_memory_->data())) {
  Texts texts;
  requests_->magic = kMagic;
  requests_->major = kMajor;
  requests_->minor = kMinor;
  requests_->size = sizeof(Requests);
  requests_->host_pid = static_cast<uint32_t>(getpid());
  requests_->payload = page_aligned(config.payload);
  requests_->answers = {page_aligned(sizeof(Results)), kSlots * answer_size(*spec_, config)};
  requests_->blocks = config.blocks ? config.blocks->size() : 0;
  requests_->memory = spec_->memory;
  requests_->sandbox = spec_->sandbox;
  requests_->threads = spec_->threads;
  requests_->new_plugin_is_data = spec_->new_plugin_is_data;
  requests_->new_plugin_size = spec_->new_plugin_size;
  requests_->library = texts.add(spec_->library.path);
  requests_->label = texts.add(spec_->label);
  requests_->config = texts.add(spec_->config);
  requests_->readable = texts.add(spec_->readable);
  requests_->writable = texts.add(spec_->writable);
  requests_->identities = texts.add(spec_->identities);
  std::vector<std::string> paths, names;
  for (const JudgedLibrary &needed : spec_->needed) {
    paths.push_back(needed.path);
    names.push_back(needed.name);
  }
  requests_->needed = texts.add(paths);
  requests_->needed_names = texts.add(names);
  requests_->role = config.role;
  requests_->stage = config.stage;
  requests_->invert = config.invert;
  requests_->shape = static_cast<uint32_t>(config.shape);
  requests_->crlf = config.line_end == LineEnd::crlf_too;
  std::memcpy(request_memory_.data() + sizeof(Requests), texts.bytes().data(), texts.bytes().size());
  request_memory_.keep_writing_to_myself();
  result_memory_->leave_writing_to_others();

  std::vector<int> descriptors = {request_memory_.descriptor(), result_memory_->descriptor()};
  for (auto &payload : payloads_) {
    payload = std::make_shared<SharedMemory>("plughost payload", requests_->payload, SharedMemory::Size::as_needed);
    payload->keep_writing_to_myself();
    descriptors.push_back(payload->descriptor());
  }
  for (const JudgedLibrary &needed : spec_->needed) descriptors.push_back(needed.copy->descriptor());
  descriptors.push_back(spec_->library.copy->descriptor());
  if (config.blocks) descriptors.push_back(config.blocks->descriptor());
  child_ = ProcessSupervisor::process().start(
      {spec_->executable, spec_->label, std::move(descriptors), environment_of(*spec_),
       spec_->folder ? spec_->folder->get() : -1,
       [memory = result_memory_, results = results_] { futex_wake(results->done); }});
  try {
    memory_ = std::make_shared<MemoryWatch>(child_, *spec_, result_memory_, payloads_, config.blocks);
    if (spec_->memory > 0 && (!spec_->sandbox || spec_->threads)) ProcessSupervisor::process().attend(memory_);
    await_ready(start_ns);
    read_description();
  } catch (...) {
    // Whatever it says, it may still be there.
    child_->kill();
    throw;
  }
}

RunnerHandle::~RunnerHandle() {
  if (!child_ || child_->ended()) return;
  child_->kill();
}

void RunnerHandle::await_ready(uint64_t limit_ns) {
  Patience patience(*child_, limit_ns);
  for (;;) {
    const uint32_t done = results_->done.load(std::memory_order_acquire);
    const State state = results_->state.load(std::memory_order_acquire);
    if (state == State::ready) break;
    if (state >= State::refused) {
      await_end(kLastWords);
      refuse();
    } else if (child_->ended() || results_->crash.written.load(std::memory_order_acquire) > 0) {
      lose(FaultKind::crash);
    } else if (patience.over()) {
      lose(FaultKind::hang);
    } else {
      memory_->look();
      futex_wait(results_->done, done, kEveryWaiter, kLook);
      continue;
    }
    throw NotStarted{*fault_};
  }
  ready_ = true;
  read_log();
}

std::span<uint8_t> RunnerHandle::payload(uint32_t slot, uint64_t size) {
  payloads_[slot]->reach(size);
  return {payloads_[slot]->data(), size};
}

bool RunnerHandle::ask(uint32_t slot, Request request, const plug_ctx &ctx, uint64_t limit_ns) {
  const auto cancelled = [&] { return __atomic_load_n(ctx.cancel, __ATOMIC_RELAXED); };
  {
    std::lock_guard lock(mutex_);
    request.sequence = asked_[slot] = ++sequence_;
    request.worker = ctx.worker;
    request.deadline_ns = ctx.deadline_ns;
    requests_->requests[slot] = request;
    requests_->cancel.store(cancelled(), std::memory_order_relaxed);
    const uint32_t posted = requests_->posted.load(std::memory_order_relaxed);
    requests_->queue[posted % kSlots] = slot;
    requests_->posted.store(posted + 1, std::memory_order_seq_cst);
  }
  if (results_->sleeping.load(std::memory_order_seq_cst) != 0) futex_wake(requests_->posted);

  Patience patience(*child_, limit_ns);
  std::optional<Patience> grace;  // once the plugin is told to leave
  for (;;) {
    const uint32_t done = results_->done.load(std::memory_order_acquire);
    if (results_->results[slot].sequence.load(std::memory_order_acquire) == request.sequence) {
      progress_ns_.store(now_ns(), std::memory_order_relaxed);
      spent_ns_[slot] = patience.spent_ns();
      read_log();
      memory_->look();
      return true;
    }
    spent_ns_[slot] = patience.spent_ns();
    if (lost()) return false;
    memory_->look();
    if (child_->ended() || results_->crash.written.load(std::memory_order_acquire) > 0) {
      lose(FaultKind::crash);
    } else if (patience.over(progress_ns_.load(std::memory_order_relaxed)) || (grace && grace->over())) {
      lose(FaultKind::hang);
    } else {
      futex_wait(results_->done, done, 1u << slot, kLook);
      if (grace || cancelled() == PLUG_CANCEL_NONE) continue;
      requests_->cancel.store(cancelled(), std::memory_order_relaxed);
      grace.emplace(*child_, kGrace);
    }
  }
}

void RunnerHandle::blame(uint32_t slot, FaultKind kind, const std::string &operation, const std::string &message) {
  Fault fault = describe(kind);
  fault.state = State::calling;
  fault.operation = operation;
  fault.message = message;
  lose(std::move(fault), asked_[slot]);
  // Not before, or another thread would see it die and not know why.
  child_->kill();
}

void RunnerHandle::lose(FaultKind kind) {
  if (lost()) return;
  if (kind == FaultKind::hang) {
    child_->ask_for_trace();
    Patience patience(*child_, kWhereItHangs);
    while (!child_->ended() && results_->stuck.written.load(std::memory_order_acquire) < 2 && !patience.over())
      sleep_ns(kMs);
    child_->kill();
  } else if (kind == FaultKind::crash) {
    await_end(kLastWords);
    child_->kill();
  }
  await_end(kDeath);
  lose(describe(kind), results_->current.load(std::memory_order_relaxed));
}

void RunnerHandle::lose(Fault fault, uint64_t culprit) {
  read_log();
  {
    std::lock_guard lock(mutex_);
    if (lost()) return;
    culprit_ = culprit;
    fault_ = std::move(fault);
    lost_.store(true, std::memory_order_release);
  }
  futex_wake(results_->done);
}

void RunnerHandle::await_end(uint64_t limit_ns) const {
  Patience patience(*child_, limit_ns);
  for (; !child_->ended() && !patience.over(); memory_->look())
    futex_wait(results_->done, results_->done.load(std::memory_order_relaxed), kEveryWaiter, kMs);
}

Fault RunnerHandle::describe(FaultKind kind) const {
  Fault fault;
  fault.kind = kind;
  fault.state = std::min(results_->state.load(std::memory_order_acquire), State::refused);
  // A plugin that has been there cannot say that it was not.
  if (ready_) fault.state = std::max(fault.state, State::ready);
  if (kind == FaultKind::hang) {
    if (results_->stuck.written.load(std::memory_order_acquire) > 0) read_trace(results_->stuck, &fault);
    return fault;
  }
  fault.refused_call = text_of(results_->denied);
  if (kind != FaultKind::crash) return fault;
  const ExitStatus exit = child_->ended() ? child_->exit_status() : ExitStatus{};
  fault.code = exit.signal ? exit.signal : exit.status;
  if (exit.signal == 0) fault.kind = FaultKind::exit;
  if (exit.killed()) fault.kind = FaultKind::kill;
  // What the system's loader, or the runner itself, says against starting; later it is the plugin that prints.
  if (fault.state <= State::confining) fault.message = exit.last_error_line;
  fault.peak_memory = exit.peak_memory;
  fault.at_memory_limit = memory_->exceeded() || (spec_->memory > 0 && exit.peak_memory >= spec_->memory / 10 * 9);
  if (results_->crash.written.load(std::memory_order_acquire) > 0) {
    read_trace(results_->crash, &fault);
    fault.kind = results_->crash.signal == 0 ? FaultKind::exit : FaultKind::crash;
  }
  return fault;
}

void RunnerHandle::read_log() {
  std::lock_guard lock(mutex_);
  const uint32_t logged = results_->logged.load(std::memory_order_acquire);
  if (logged == read_log_) return;
  const plug_host *host = host_for(spec_->label);
  const auto put = [&](int32_t level, std::string_view text) {
    host->log(host, level, {reinterpret_cast<const uint8_t *>(text.data()), text.size()});
  };
  if (const uint32_t waiting = logged - read_log_; waiting > kLogRecords) {
    put(PLUG_LOG_WARNING, std::to_string(waiting - kLogRecords) + " messages before this one were lost");
    read_log_ = logged - kLogRecords;
  }
  for (; read_log_ != logged; read_log_++) {
    const LogSlot &slot = results_->log[read_log_ % kLogRecords];
    if (slot.number.load(std::memory_order_acquire) != read_log_ + 1) continue;
    uint64_t left_out = 0;
    if (!spec_->log->take(now_ns(), &left_out)) continue;
    if (left_out > 0) put(PLUG_LOG_WARNING, std::to_string(left_out) + " messages before this one are left out");
    put(slot.level, {slot.text, std::min<size_t>(slot.size, kLogText)});
  }
}

void RunnerHandle::end(uint64_t limit_ns) {
  if (child_->ended() || lost()) return;
  requests_->stop.store(1, std::memory_order_seq_cst);
  futex_wake(requests_->posted);
  await_end(limit_ns);
  read_log();
}

std::shared_ptr<RunnerHandle> start_runner(const std::shared_ptr<const RunnerSpec> &spec, const StageConfig &config) {
  constexpr int kStarts = 8;
  const uint64_t begin = now_ns();
  uint64_t limit_ns = spec->start_ns;
  for (int left = kStarts;; left--) {
    try {
      return std::make_shared<RunnerHandle>(spec, config, limit_ns);
    } catch (const NotStarted &failed) {
      if (failed.fault.kind != FaultKind::kill || failed.fault.at_memory_limit || left == 1) throw;
      // All starts together have the time of one, so that a plugin that kills its own process gains none.
      const uint64_t passed = now_ns() - begin;
      if (spec->start_ns > 0 && passed >= spec->start_ns) throw;
      if (spec->start_ns > 0) limit_ns = spec->start_ns - passed;
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
