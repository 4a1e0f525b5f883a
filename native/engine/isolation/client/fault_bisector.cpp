#include "engine/isolation/client/fault_bisector.hpp"

#include <algorithm>
#include <span>

#include "engine/lines/lines.hpp"
#include "engine/plugin/context.hpp"

namespace plughost::isolation {

using namespace ipc;

namespace {

// After a hang, attempts get a multiple of the time of the longest good call, and at least this. Only the attempt that
// decides whether to blame a line gets the full time.
constexpr uint64_t kMinAttempt = 150 * kMs;
constexpr uint64_t kLongestCallFactor = 8;
// Time of the plugin, after which the search in one request ends and its remaining lines are given up together.
constexpr uint64_t kMaxSearch = 60'000 * kMs;

std::vector<Range> split(const Content &content, const Selection &in) {
  std::vector<Range> lines;
  for (const Range &range : in.ranges()) {
    const uint8_t *const data = content.text(range.text).data();
    for (uint32_t begin = range.begin; begin < range.end;) {
      const auto end = static_cast<uint32_t>(skip_lines(data, begin, range.end, 1));
      lines.push_back({begin, end, range.text});
      begin = end;
    }
  }
  return lines;
}

}  // namespace

FaultBisector::FaultBisector(RunnerClient &client, const LineRequest &request, const Selection &in, Fault first)
    : client_(client),
      request_(request),
      in_(in),
      last_(std::move(first)),
      limit_ns_(client.call_limit_ns()),
      hung_(last_.kind == FaultKind::hang) {}

void FaultBisector::run() {
  const Fault first = last_;
  if (attempt(request_, in_, client_.linewise() ? search_limit_ns() : limit_ns_)) {
    client_.report(request_, first, Verdict::passed, nullptr);
    return;
  }
  if (!client_.linewise()) {
    give_up(in_);
    return;
  }
  lines_ = split(request_.content, in_);
  if (lines_.size() == 1) {
    confirm(0);
  } else {
    const size_t reported = request_.content.faults.size();
    resolve(0, lines_.size(), true);
    if (request_.content.faults.size() == reported) report_together(first);
  }
}

// Asks about some lines until the plugin has at least made its state. Returns false when it failed on the lines; then
// last_ is the fault.
bool FaultBisector::attempt(const LineRequest &request, const Selection &lines, uint64_t limit_ns) {
  for (;;) {
    throw_if_cancelled(request.ctx);
    RunnerClient::Attempt attempt;
    if (client_.linewise()) {
      if (!runner_) runner_ = client_.start_own();
      attempt = client_.attempt_on(*runner_, request, lines, limit_ns);
    } else {
      attempt = client_.attempt_on_shared(request, lines, limit_ns);
    }
    spent_ns_ += attempt.spent_ns;
    if (!attempt.fault) return true;
    throw_if_cancelled(request.ctx);
    runner_.reset();
    if (client_.failed_without_lines(request, *attempt.fault)) continue;
    last_ = std::move(*attempt.fault);
    hung_ = hung_ || last_.kind == FaultKind::hang;
    return false;
  }
}

bool FaultBisector::attempt(size_t from, size_t to, uint64_t limit_ns) {
  return attempt(request_, selection(from, to), limit_ns);
}

uint64_t FaultBisector::search_limit_ns() const {
  if (!hung_ || limit_ns_ == 0) return limit_ns_;
  return std::min(limit_ns_, std::max(kMinAttempt, kLongestCallFactor * client_.longest_call_ns()));
}

Selection FaultBisector::selection(size_t from, size_t to) const {
  Selection selection;
  for (const Range &line : std::span(lines_).subspan(from, to - from)) selection.add(line, 1);
  return selection;
}

// Gets answers about lines [from, to), in order, or gives lines up. Returns whether all of them were answered at the
// first attempt. `known_bad`: asking about all of them at once has failed; a single line is still attempted alone.
bool FaultBisector::resolve(size_t from, size_t to, bool known_bad) {
  if (from == to || (!(known_bad && to - from > 1) && attempt(from, to, search_limit_ns()))) return true;
  if (spent_ns_ > kMaxSearch) {
    give_up(selection(from, to));
  } else if (to - from == 1) {
    confirm(from);
  } else if (const auto hinted = hinted_line(from, to); hinted && fails_alone(*hinted)) {
    resolve(from, *hinted, false);
    confirm(*hinted);
    resolve(*hinted + 1, to, false);
  } else {
    const size_t middle = from + (to - from) / 2;
    // If the first half is good, the second half is known to be bad.
    const bool first_half_good = resolve(from, middle, false);
    resolve(middle, to, first_half_good);
  }
  return false;
}

// Decides about a line that has failed alone. Only a line that fails alone in two runners, one after the other, is
// blamed: whatever kills a process from outside must not accuse a line. The second attempt has the time limit of a
// normal call, so that a line that only takes long is not blamed.
void FaultBisector::confirm(size_t line) {
  if (attempt(line, line + 1, limit_ns_)) {
    client_.report(request_, last_, Verdict::passed, nullptr);
  } else {
    give_up(selection(line, line + 1));
  }
}

// Returns a line among [from, to) that the crashed plugin held a pointer to, and that was not returned before.
std::optional<size_t> FaultBisector::hinted_line(size_t from, size_t to) {
  for (const uint32_t at : last_.hints) {
    const auto after =
        std::upper_bound(lines_.begin() + static_cast<ptrdiff_t>(from), lines_.begin() + static_cast<ptrdiff_t>(to), at,
                         [](uint32_t offset, const Range &line) { return offset < line.begin; });
    const auto next = static_cast<size_t>(after - lines_.begin());
    // Hints are offsets in the block, which is text 0.
    if (next == from || lines_[next - 1].text != 0 || lines_[next - 1].end <= at) continue;
    if (std::find(tried_hints_.begin(), tried_hints_.end(), next - 1) != tried_hints_.end()) continue;
    tried_hints_.push_back(next - 1);
    return next - 1;
  }
  return std::nullopt;
}

// Asks about one line out of order, so the answer is dropped.
bool FaultBisector::fails_alone(size_t line) {
  const AnswerSink none{request_.sink.role, nullptr, request_.sink.limit,
                        [](const Selection &, const Answer &) { return nullptr; }, nullptr};
  const LineRequest request{request_.operation, request_.content, request_.ctx,  none,
                            request_.count,     request_.extra,   request_.begin};
  return !attempt(request, selection(line, line + 1), search_limit_ns());
}

// Reports that the plugin failed twice with all lines together, and never with a part of them. It says that it is
// linewise, and is not.
void FaultBisector::report_together(const Fault &fault) {
  constexpr const char *kReason = "it fails with these lines together, and with none of them alone";
  // Whoever kills processes from outside may do so twice.
  const bool counts = !was_killed(fault);
  if (counts && (client_.on_fault() == OnFault::stop || !client_.allow_fault()))
    client_.stop(request_, fault, &in_, kReason);
  client_.report(request_, fault, Verdict::passed, &in_, kReason);
}

void FaultBisector::give_up(const Selection &lines) {
  const OnFault on_fault = client_.on_fault();
  if (on_fault == OnFault::stop) client_.stop(request_, last_, &lines, "");
  if (!client_.allow_fault()) client_.stop(request_, last_, &lines, "it does not survive more lines than are allowed");
  const AnswerSink &sink = request_.sink;
  const bool keep = sink.keep && (on_fault == OnFault::match || sink.keeps_always);
  client_.report(request_, last_, keep ? Verdict::kept : Verdict::skipped, &lines);
  if (keep) sink.keep(lines);
}

}  // namespace plughost::isolation
