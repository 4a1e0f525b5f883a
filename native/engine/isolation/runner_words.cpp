// What a runner says, copied and checked: it may be neither true nor stay as it is.
#include <algorithm>
#include <cstring>
#include <new>

#include "engine/isolation/once.hpp"
#include "engine/isolation/runner_handle.hpp"

namespace plughost::isolation {

using namespace ipc;

namespace {

// Bytes of an answer that are copied at a time.
constexpr size_t kStep = 4 << 20;

// The path of the plugin's file, or of one that it needs, of which `text` is the beginning, cut at `room` bytes; null:
// it is none of them.
const std::string *judged_path(const RunnerSpec &spec, const std::string &text, size_t room) {
  const auto is = [&](const std::string &path) { return !text.empty() && text == path.substr(0, room); };
  if (is(spec.library.path)) return &spec.library.path;
  for (const JudgedLibrary &needed : spec.needed)
    if (is(needed.path)) return &needed.path;
  return nullptr;
}

}  // namespace

// It says that the plugin is not there for calls.
void RunnerHandle::refuse() {
  const Refusal refusal = once(results_->refusal);
  const uint32_t size = once(results_->refusal_size);
  Fault fault = describe(FaultKind::refusal);
  if (results_->state.load(std::memory_order_relaxed) != State::refused || refusal == Refusal::none ||
      !is_known(refusal) || size > kMaxRefusal) {
    fault.kind = FaultKind::violation;
    fault.message = "it says that it does not start, and not why";
  } else {
    fault.message.assign(results_->refusal_text, size);
    fault.refusal = refusal;
    fault.code = once(results_->refusal_code);
  }
  lose(std::move(fault), 0);
}

// What the plugin says of itself. Throws NotStarted when that cannot be.
void RunnerHandle::read_description() {
  description_.landlock = results_->landlock.load(std::memory_order_relaxed);
  const uint32_t name_size = once(results_->name_size);
  bool possible = name_size <= kMaxName;
  description_.name.assign(results_->name, std::min<size_t>(name_size, kMaxName));
  for (size_t i = 0; i < kKindCount; i++) {
    const StructCopy &from = results_->structs[i];
    const uint32_t size = once(from.size);
    KindHead head{};
    possible = possible && size <= kMaxStruct && (size == 0 || size >= kKinds[i].least);
    description_.structs[i].assign(from.bytes, from.bytes + std::min<size_t>(size, kMaxStruct));
    if (description_.structs[i].size() >= sizeof head) std::memcpy(&head, description_.structs[i].data(), sizeof head);
    for (const ExclusiveFlags &flags : kKinds[i].exclusive)
      possible = possible && (head.flags & flags.both) != flags.both;
  }
  if (possible) return;
  Fault fault = describe(FaultKind::violation);
  fault.message = "what it says of itself cannot be";
  lose(std::move(fault), 0);
  throw NotStarted{*fault_};
}

RunnerHandle::AnswerHeader RunnerHandle::answer(uint32_t slot) const {
  const Result &result = results_->results[slot];
  // Copied first, looked at then: it may change under our eyes.
  const uint32_t kept = once(result.kept);
  const uint32_t contract = once(result.contract);
  const uint32_t message_size = once(result.message_size);
  AnswerHeader answer{false,
                      once(result.outcome),
                      kept == 1,
                      once(result.ranges),
                      once(result.origins),
                      once(result.bytes),
                      once(result.lines_in),
                      once(result.lines_changed),
                      text_of(result.operation),
                      std::string(result.message, std::min<size_t>(message_size, sizeof result.message)),
                      contract == 1,
                      once(result.code),
                      once(result.offset),
                      {}};
  // What fails has a reason: the rule of the contract, or a status of the plugin.
  answer.possible = is_known(answer.outcome) && kept <= 1 && contract <= 1 &&
                    (answer.outcome != Outcome::failed ||
                     (message_size <= sizeof result.message && (contract == 1 || answer.code < 0)));
  const uint64_t size = requests_->answers.size / kSlots;
  answer.payload = {result_memory_->data() + requests_->answers.offset + slot * size, size};
  return answer;
}

void RunnerHandle::copy(std::span<const uint8_t> part, ByteBuffer *to) const {
  if (part.empty()) return;
  if (!to->reserve(part.size())) throw std::bad_alloc();
  // Memory that is used again for every answer stays; more than that is given back while it is copied.
  const bool large = part.size() > kStep;
  for (; !part.empty(); part = part.subspan(std::min(part.size(), kStep))) {
    const auto step = part.first(std::min(part.size(), kStep));
    to->append(step.data(), step.size());
    if (large) result_memory_->release(static_cast<uint64_t>(step.data() - result_memory_->data()), step.size());
  }
}

void RunnerHandle::read_trace(const Trace &trace, Fault *fault) const {
  fault->traced = true;
  if (fault->kind != FaultKind::hang) fault->code = trace.signal ? trace.signal : trace.code;
  fault->address = trace.address;
  fault->overflow = trace.overflow != 0;
  fault->other_thread = trace.other_thread != 0;
  const size_t frames = std::min<size_t>(trace.frames, kMaxFrames);
  for (size_t i = 0; i < frames; i++) {
    std::string file = text_of(trace.frame[i].file);
    // A long path is cut there.
    const std::string *const known = judged_path(*spec_, file, sizeof trace.frame[i].file - 1);
    const bool judged = known != nullptr;
    if (judged) file = *known;
    fault->frames.push_back({std::move(file), text_of(trace.frame[i].symbol), trace.frame[i].offset, judged});
  }
  const size_t hints = std::min<size_t>(trace.hints, std::size(trace.hint));
  fault->hints.assign(trace.hint, trace.hint + hints);
}

}  // namespace plughost::isolation
