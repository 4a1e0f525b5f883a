#include "engine/isolation/runner/result_memory.hpp"

#include <algorithm>
#include <cstring>
#include <new>

#include "engine/isolation/runner/read_once.hpp"

namespace plughost::isolation {

using namespace ipc;

namespace {

// Bytes of an answer that are copied at a time.
constexpr size_t kCopyStep = 4 << 20;

// Returns the path of the plugin or of a library that it needs, if it begins with `text`, which a runner cuts after
// `room` bytes; null for any other text.
const std::string *judged_path(const RunnerSpec &spec, const std::string &text, size_t room) {
  const auto matches = [&](const std::string &path) { return !text.empty() && text == path.substr(0, room); };
  if (matches(spec.library.path)) return &spec.library.path;
  for (const JudgedLibrary &needed : spec.needed)
    if (matches(needed.path)) return &needed.path;
  return nullptr;
}

// Copies the struct of a kind. Returns false when its size is impossible or it sets flags that exclude each other.
bool copy_struct(const StructCopy &from, const Kind &kind, std::vector<uint8_t> *to) {
  const uint32_t size = read_once(from.size);
  if (size == 0) return true;
  if (size < kind.least || size > kMaxStruct) return false;
  to->assign(from.bytes, from.bytes + size);
  KindHead head{};
  std::memcpy(&head, to->data(), std::min(to->size(), sizeof head));
  return std::none_of(kind.exclusive.begin(), kind.exclusive.end(),
                      [&](const ExclusiveFlags &flags) { return (head.flags & flags.both) == flags.both; });
}

}  // namespace

ResultMemory::ResultMemory(uint64_t answers_size)
    : memory_(std::make_shared<SharedMemory>("plughost results", page_aligned(sizeof(Results)) + answers_size)),
      results_(*reinterpret_cast<const Results *>(memory_->data())),
      answer_size_(answers_size / kSlots) {
  memory_->leave_writing_to_others();
}

std::optional<Description> ResultMemory::description() const {
  Description description;
  description.landlock = results_.landlock.load(std::memory_order_relaxed);
  const uint32_t name_size = read_once(results_.name_size);
  if (name_size > kMaxName) return std::nullopt;
  description.name.assign(results_.name, name_size);
  for (size_t i = 0; i < kKindCount; i++)
    if (!copy_struct(results_.structs[i], kKinds[i], &description.structs[i])) return std::nullopt;
  return description;
}

std::optional<RefusalText> ResultMemory::refusal() const {
  const Refusal refusal = read_once(results_.refusal);
  const uint32_t size = read_once(results_.refusal_size);
  if (results_.state.load(std::memory_order_relaxed) != State::refused || refusal == Refusal::none ||
      !is_known(refusal) || size > kMaxRefusal)
    return std::nullopt;
  return RefusalText{refusal, read_once(results_.refusal_code), std::string(results_.refusal_text, size)};
}

AnswerHeader ResultMemory::answer(uint32_t slot) const {
  const Result &result = results_.results[slot];
  const uint32_t kept = read_once(result.kept);
  const uint32_t contract = read_once(result.contract);
  const uint32_t message_size = read_once(result.message_size);
  AnswerHeader answer{false,
                      read_once(result.outcome),
                      kept == 1,
                      read_once(result.ranges),
                      read_once(result.origins),
                      read_once(result.bytes),
                      read_once(result.lines_in),
                      read_once(result.lines_changed),
                      bounded_text(result.operation),
                      std::string(result.message, std::min<size_t>(message_size, sizeof result.message)),
                      contract == 1,
                      read_once(result.code),
                      read_once(result.offset),
                      {}};
  // A failure names its reason: a broken rule of the contract, or a negative status of the plugin.
  answer.possible = is_known(answer.outcome) && kept <= 1 && contract <= 1 &&
                    (answer.outcome != Outcome::failed ||
                     (message_size <= sizeof result.message && (contract == 1 || answer.code < 0)));
  answer.payload = {memory_->data() + page_aligned(sizeof(Results)) + slot * answer_size_, answer_size_};
  return answer;
}

void ResultMemory::copy(std::span<const uint8_t> part, ByteBuffer *to) const {
  if (part.empty()) return;
  if (!to->reserve(part.size())) throw std::bad_alloc();
  // The next answer reuses the memory of a small one. The memory of a large one is released while it is copied.
  const bool large = part.size() > kCopyStep;
  for (; !part.empty(); part = part.subspan(std::min(part.size(), kCopyStep))) {
    const auto step = part.first(std::min(part.size(), kCopyStep));
    to->append(step.data(), step.size());
    if (large) memory_->release(static_cast<uint64_t>(step.data() - memory_->data()), step.size());
  }
}

void ResultMemory::read_trace(const Trace &trace, const RunnerSpec &spec, Fault *fault) const {
  fault->traced = true;
  if (fault->kind != FaultKind::hang) fault->code = trace.signal ? trace.signal : trace.code;
  fault->address = trace.address;
  fault->overflow = trace.overflow != 0;
  fault->other_thread = trace.other_thread != 0;
  const size_t frames = std::min<size_t>(trace.frames, kMaxFrames);
  for (size_t i = 0; i < frames; i++) {
    std::string file = bounded_text(trace.frame[i].file);
    const std::string *const path = judged_path(spec, file, sizeof trace.frame[i].file - 1);
    const bool judged = path != nullptr;
    if (judged) file = *path;
    fault->frames.push_back({std::move(file), bounded_text(trace.frame[i].symbol), trace.frame[i].offset, judged});
  }
  const size_t hints = std::min<size_t>(trace.hints, std::size(trace.hint));
  fault->hints.assign(trace.hint, trace.hint + hints);
}

}  // namespace plughost::isolation
