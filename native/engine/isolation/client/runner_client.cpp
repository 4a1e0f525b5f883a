#include "engine/isolation/client/runner_client.hpp"

#include <algorithm>
#include <span>
#include <utility>

#include "engine/isolation/client/fault_bisector.hpp"
#include "engine/isolation/client/pack_request.hpp"
#include "engine/isolation/client/selection_pieces.hpp"
#include "engine/lines/lines.hpp"
#include "engine/plugin/context.hpp"
#include "ipc/wire.hpp"

namespace plughost::isolation {

using namespace ipc;

namespace {

// How many runners may die in a row on another thread's request before we bisect our own lines anyway. The runner
// itself reports which request it was working on, and we do not trust it.
constexpr uint32_t kMaxMisses = 4;

}  // namespace

RunnerClient::RunnerClient(RunnerPool &pool, const StagePlugin &plugin, bool linewise, const char *function)
    : pool_(pool), plugin_(plugin), reporter_(plugin, function), linewise_(linewise), place_(pool.join()) {}

void RunnerClient::work(const LineRequest &request, const Selection &in) {
  if (in.bytes() == 0) return;
  for_each_piece(request.content, in, [&](const Selection &piece) { work_on_piece(request, piece); });
}

void RunnerClient::work_or_stop(const LineRequest &request, const Selection &in) {
  for_each_piece(request.content, in, [&](const Selection &piece) {
    throw_if_cancelled(request.ctx);
    const auto runner = pool_.runner(place_);
    if (ask(*runner, place_.slot, request, piece, call_limit_ns())) return;
    throw_if_cancelled(request.ctx);
    pool_.forget(place_, runner);
    stop(request, runner->fault(), nullptr, "what its process had made of earlier lines is lost");
  });
}

void RunnerClient::work_on_piece(const LineRequest &request, const Selection &in) {
  std::optional<Fault> fault;
  while (!fault) {
    throw_if_cancelled(request.ctx);
    const auto runner = pool_.runner(place_);
    if (ask(*runner, place_.slot, request, in, call_limit_ns())) {
      longest_ns_ = std::max(longest_ns_, runner->spent_ns(place_.slot));
      misses_ = 0;
      pool_.reset_restarts();
      return;
    }
    throw_if_cancelled(request.ctx);
    replace(runner, request);
    if (failed_without_lines(request, runner->fault())) continue;
    if (runner->blames(place_.slot) || ++misses_ > kMaxMisses) fault = runner->fault();
  }
  misses_ = 0;
  // The lost runner is destroyed by now, and with it the memory of its answers.
  FaultBisector(*this, request, in, std::move(*fault)).run();
}

// Lets the pool start another runner in place of a lost one.
void RunnerClient::replace(const std::shared_ptr<RunnerHandle> &lost, const LineRequest &request) {
  if (!pool_.forget(place_, lost)) return;
  if (!pool_.allow_restart())
    stop(request, lost->fault(), nullptr, "it was started again and again, and did nothing well in between");
  if (lost->blames_no_request()) report(request, lost->fault(), Verdict::passed, nullptr);
}

bool RunnerClient::failed_without_lines(const LineRequest &request, const Fault &fault) {
  if (!is_without_lines(fault)) return false;
  if (stateless_.allow_retry(fault)) return true;
  stop(request, fault, nullptr, "");
}

RunnerClient::Attempt RunnerClient::attempt_on(RunnerHandle &own, const LineRequest &request, const Selection &in,
                                               uint64_t limit_ns) {
  constexpr uint32_t kSlot = 0;
  Attempt attempt;
  MemorySink none;
  const bool begun = !request.begin || send(own, kSlot, *request.begin, request.ctx, &none);
  if (!begun || !ask(own, kSlot, request, in, limit_ns)) attempt.fault = own.fault();
  attempt.spent_ns = own.spent_ns(kSlot);
  return attempt;
}

RunnerClient::Attempt RunnerClient::attempt_on_shared(const LineRequest &request, const Selection &in,
                                                      uint64_t limit_ns) {
  const auto runner = pool_.runner(place_);
  Attempt attempt;
  const bool answered = ask(*runner, place_.slot, request, in, limit_ns);
  attempt.spent_ns = runner->spent_ns(place_.slot);
  if (answered) {
    longest_ns_ = std::max(longest_ns_, attempt.spent_ns);
    return attempt;
  }
  throw_if_cancelled(request.ctx);
  pool_.forget(place_, runner);
  attempt.fault = runner->fault();
  return attempt;
}

// Sends one request and passes its answer to the sink. Returns false when the runner is lost.
bool RunnerClient::ask(RunnerHandle &runner, uint32_t slot, const LineRequest &request, const Selection &in,
                       uint64_t limit_ns) {
  windows_.assign(in);
  sent_ = pack_request(request.content, in, windows_, pool_.config().blocks, request.extra,
                       [&](uint64_t size) { return runner.payload(slot, size); });
  sent_.request.operation = request.operation;
  if (!runner.ask(slot, sent_.request, request.ctx, limit_ns)) return false;
  const AnswerHeader header = runner.answer(slot);
  if (!succeeded(runner, slot, header, &request.content)) return false;
  const char *rule = check_sizes(header, request, in);
  if (!rule) rule = take(runner, header, request, in);
  if (rule) {
    runner.blame(slot, FaultKind::violation, "", rule);
    return false;
  }
  stateless_.reset();
  request.count->lines_in += std::min<uint64_t>(header.lines_in, in.bytes());
  request.count->lines_changed += std::min<uint64_t>(header.lines_changed, in.bytes());
  return true;
}

// Checks the sizes of an answer before anything of that size is allocated. Returns null or the broken rule.
const char *RunnerClient::check_sizes(const AnswerHeader &header, const LineRequest &request,
                                      const Selection &in) const {
  const AnswerSink &sink = request.sink;
  const uint64_t before = sink.bytes ? sink.bytes->size() : 0;
  if (header.bytes > sink.limit - std::min(before, sink.limit)) return "it made more of a block than is allowed";
  if (header.ranges > 0 && sink.role == Role::exporter) return "it says which lines are left, and it is no filter";
  if (header.origins > 0 && sink.role != Role::transform)
    return "it says of which lines others were made, and it is no transform";
  // Every range and every origin needs a line of the request. Up to this number it is cheaper to check them one by one
  // than to count the lines.
  constexpr uint32_t kFew = 4096;
  const uint32_t claimed = std::max(header.ranges, header.origins);
  if (claimed <= kFew) return nullptr;
  uint64_t lines = 0;
  for (const Range &range : in.ranges())
    lines += count_lines(request.content.text(range.text).data() + range.begin, range.end - range.begin);
  return claimed > lines ? "it answers for more lines than it was asked about" : nullptr;
}

// Copies an answer, whose sizes were checked, and passes the copy to the sink. Returns null or the broken rule.
const char *RunnerClient::take(const RunnerHandle &runner, const AnswerHeader &header, const LineRequest &request,
                               const Selection &in) const {
  const AnswerSink &sink = request.sink;
  const size_t before = sink.bytes ? sink.bytes->size() : 0;
  // Cells are no text, and are gone before the block is written.
  const bool rows = sink.role >= Role::parser;
  if (!rows) request.content.make_room(header.bytes + (sink.role == Role::exporter ? before : 0));
  Answer answer;
  const char *rule = "its answer is shorter than it says";
  try {
    Unpacker from(header.payload);
    from.take(header.ranges, &answer.ranges);
    const auto bytes = from.take(header.bytes);
    from.take(header.origins, &answer.origins);
    for (Range &range : answer.ranges) {
      // The runner has only the window of a made text, so its offsets are relative to the window.
      if (range.text == 0 || range.text > windows_.made_texts()) continue;
      const auto window = windows_[range.text];
      if (range.begin > range.end || range.end > window.size()) return "it kept bytes that it was not asked about";
      range.begin += window.begin;
      range.end += window.begin;
    }
    if (sink.bytes) {
      runner.copy(bytes, sink.bytes);
      answer.bytes = sink.bytes->bytes().subspan(before);
    }
    rule = sink.take(in, answer);
  } catch (const Malformed &) {
  }
  if (rule && sink.bytes) sink.bytes->truncate(before);
  return rule;
}

// Whether the plugin did what it was asked. Returns false, and kills the runner, when the answer is invalid or the
// plugin broke. Throws StageFailure for an error that the plugin reports, and StageCancelled.
bool RunnerClient::succeeded(RunnerHandle &runner, uint32_t slot, const AnswerHeader &header, const Content *content) {
  if (!header.possible) {
    runner.blame(slot, FaultKind::violation, "", "its answer has a value that there is not");
    return false;
  }
  switch (header.outcome) {
    case Outcome::done:
      return true;
    case Outcome::cancelled:
      cancelled_ = header.operation;
      throw StageCancelled{&plugin_, cancelled_.c_str()};
    case Outcome::no_memory:
      runner.blame(slot, FaultKind::violation, "", "there is no memory left for its answer");
      return false;
    case Outcome::failed:
      break;
  }
  if (header.contract || header.code == PLUG_ERROR_PANIC) {
    runner.blame(slot, header.contract ? FaultKind::violation : FaultKind::panic, header.operation, header.message);
    return false;
  }
  const Block *const block = content ? &content->block : nullptr;
  const auto offset = static_cast<uint64_t>(header.offset);
  const bool inside = block && offset >= block->offset && offset - block->offset < block->size();
  throw StageFailure{
      {FailureKind::plugin, plugin_.label, header.operation, header.code, header.message, inside ? header.offset : -1}};
}

void RunnerClient::call(Operation operation, const plug_ctx &ctx, bool repeatable, MemorySink *out,
                        RequestExtra *extra) {
  Request request{};
  request.operation = operation;
  request.block_at = kInPayload;
  for (Losses losses; const auto fault = try_call({request, extra}, ctx, out);)
    if (!repeatable || !losses.allow_retry(*fault)) stop_call(operation, *fault, "");
}

std::optional<Fault> RunnerClient::try_call(const BareCall &call, const plug_ctx &ctx, MemorySink *out) {
  const auto runner = pool_.runner(place_);
  if (send(*runner, place_.slot, call, ctx, out)) return std::nullopt;
  throw_if_cancelled(ctx);
  pool_.forget(place_, runner);
  return runner->fault();
}

// Makes a call without lines. Returns false when the runner is lost.
bool RunnerClient::send(RunnerHandle &runner, uint32_t slot, BareCall call, const plug_ctx &ctx, MemorySink *out) {
  auto &[request, extra] = call;
  if (extra) {
    const Selection none;
    windows_.clear();
    Packer to(runner.payload(slot, extra->size(none)));
    extra->pack(none, windows_, &to);
    request.payload_size = to.size();
  }
  if (!runner.ask(slot, request, ctx, call_limit_ns())) return false;
  const AnswerHeader header = runner.answer(slot);
  if (!succeeded(runner, slot, header, nullptr)) return false;
  if (header.bytes > std::min<uint64_t>(kMaxEdge, header.payload.size())) {
    runner.blame(slot, FaultKind::violation, "", "it made more than is allowed without lines");
    return false;
  }
  runner.copy(header.payload.first(header.bytes), &out->buffer());
  return true;
}

void RunnerClient::find_faults(const LineRequest &request, const Selection &in, Fault first) {
  FaultBisector(*this, request, in, std::move(first)).run();
}

void RunnerClient::report(const LineRequest &request, const Fault &fault, Verdict verdict, const Selection *lines,
                          const char *reason) const {
  reporter_.report(fault, verdict, request.operation, &request.content, lines, reason);
}

void RunnerClient::stop(const LineRequest &request, const Fault &fault, const Selection *lines,
                        const char *reason) const {
  reporter_.stop(fault, request.operation, &request.content, lines, reason);
}

}  // namespace plughost::isolation
