#include "engine/isolation/runner_client.hpp"

#include <algorithm>
#include <cstring>

#include "engine/isolation/packed.hpp"
#include "engine/lines/lines.hpp"
#include "engine/plugin/context.hpp"

namespace plughost::isolation {

using namespace ipc;

namespace {

constexpr uint64_t kMs = 1'000'000;
// Runners that may be lost in a row while this thread's request waits its turn, before it is suspected all the same:
// which request was in work is told by the runner itself.
constexpr uint32_t kMaxMisses = 4;
// The same for all threads together: a plugin that does nothing well between so many starts is broken.
constexpr uint32_t kMaxRestarts = 40;
// After a hang the lines are searched with less than the full time, with what is generous beside what was usual. Only
// the last try, of a line that is to be blamed, has all of it.
constexpr uint64_t kLeastRetry = 150 * kMs;
constexpr uint64_t kUsualTimes = 8;
// Of the plugin's time for finding the lines of one block; then the lines that are left are given up together.
constexpr uint64_t kMaxSearch = 60'000 * kMs;
constexpr size_t kMaxQuote = 80;

Selection selection_of(std::span<const Range> lines) {
  Selection selection;
  for (const Range &line : lines) selection.add(line, 1);
  return selection;
}

std::vector<Range> lines_of(const Content &content, const Selection &in) {
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

RunnerClient::RunnerClient(WorkerProcess &process, const StagePlugin &plugin, bool linewise, const char *function)
    : process_(process), plugin_(plugin), linewise_(linewise), function_(function), slot_(process.take_slot()) {}

// Finds the lines that the plugin does not survive, and has all others worked on, in their order. With a runner of its
// own, so that no other thread's lines are suspected; a plugin whose answers hang together keeps the one it has.
class RunnerClient::FaultBisector {
 public:
  FaultBisector(RunnerClient &caller, const Selection &in, Fault fault)
      : client_(caller),
        in_(in),
        last_(std::move(fault)),
        limit_ns_(client_.process_.plugin->spec->call_ns),
        hung_(last_.kind == FaultKind::hang) {}

  void run() {
    const Fault first = last_;
    if (attempt(in_, client_.linewise_ ? search_limit_ns() : limit_ns_)) {
      client_.report(first, Verdict::passed, nullptr);
      return;
    }
    if (!client_.linewise_) {
      give_up(in_);
      return;
    }
    lines_ = lines_of(*client_.content_, in_);
    if (lines_.size() == 1) {
      confirm(0);
    } else {
      resolve(0, lines_.size(), true);
    }
  }

 private:
  bool attempt(const Selection &lines, uint64_t limit_ns) {
    throw_if_cancelled(*client_.ctx_);
    const auto runner = client_.linewise_ ? own() : client_.process_.runner();
    const uint32_t slot = client_.linewise_ ? 0 : client_.slot_;
    const bool survived = client_.attempt(*runner, slot, lines, limit_ns);
    spent_ns_ += runner->spent_ns(slot);
    if (survived) return true;
    throw_if_cancelled(*client_.ctx_);
    if (!client_.linewise_) client_.process_.give_up(runner);
    runner_.reset();
    last_ = runner->fault();
    hung_ = hung_ || last_.kind == FaultKind::hang;
    return false;
  }

  uint64_t search_limit_ns() const {
    if (!hung_ || limit_ns_ == 0) return limit_ns_;
    return std::min(limit_ns_, std::max(kLeastRetry, kUsualTimes * client_.longest_ns_));
  }

  std::shared_ptr<RunnerHandle> own() {
    if (!runner_) runner_ = client_.process_.start();
    return runner_;
  }

  bool attempt(size_t from, size_t to, uint64_t limit_ns) {
    return attempt(selection_of(std::span(lines_).subspan(from, to - from)), limit_ns);
  }

  // Has lines [from, to) worked on, in their order, and tells whether all of them were survived. `bad`: together they
  // were not, which a line that is left alone must show itself.
  bool resolve(size_t from, size_t to, bool bad) {
    if (from == to || (!(bad && to - from > 1) && attempt(from, to, search_limit_ns()))) return true;
    if (spent_ns_ > kMaxSearch) {
      give_up(selection_of(std::span(lines_).subspan(from, to - from)));
    } else if (to - from == 1) {
      confirm(from);
    } else if (const auto hinted = hint(from, to); hinted && fails_alone(*hinted)) {
      resolve(from, *hinted, false);
      confirm(*hinted);
      resolve(*hinted + 1, to, false);
    } else {
      const size_t middle = from + (to - from) / 2;
      // When the first half goes well it is the second.
      resolve(middle, to, resolve(from, middle, false));
    }
    return false;
  }

  // A line is blamed only when it fails alone in two runners, one after the other: what ends a process from outside
  // must not accuse a line. The second time it has as long as any call, so that no line is blamed that only takes long.
  void confirm(size_t line) {
    if (attempt(line, line + 1, limit_ns_)) {
      client_.report(last_, Verdict::passed, nullptr);
    } else {
      give_up(selection_of(std::span(lines_).subspan(line, 1)));
    }
  }

  // The line among [from, to) that the plugin held a pointer to; each is tried once.
  std::optional<size_t> hint(size_t from, size_t to) {
    for (const uint32_t at : last_.hints) {
      const auto behind =
          std::upper_bound(lines_.begin() + static_cast<ptrdiff_t>(from), lines_.begin() + static_cast<ptrdiff_t>(to),
                           at, [](uint32_t place, const Range &line) { return place < line.begin; });
      const auto line = static_cast<size_t>(behind - lines_.begin());
      if (line == from || lines_[line - 1].text != 0 || lines_[line - 1].end <= at) continue;
      if (std::find(tried_.begin(), tried_.end(), line - 1) != tried_.end()) continue;
      tried_.push_back(line - 1);
      return line - 1;
    }
    return std::nullopt;
  }

  // Without taking what it gives: lines before it come first.
  bool fails_alone(size_t line) {
    const AnswerSink *const taker = client_.taker_;
    const AnswerSink none{taker->role, nullptr, taker->limit, [](const Selection &, const Answer &) { return nullptr; },
                          nullptr};
    client_.taker_ = &none;
    const bool passed = attempt(line, line + 1, search_limit_ns());
    client_.taker_ = taker;
    return !passed;
  }

  void give_up(const Selection &lines) {
    const IsolatedPlugin &plugin = *client_.process_.plugin;
    if (plugin.on_fault == OnFault::stop) client_.stop(last_, &lines, "");
    if (client_.process_.budget->lines.fetch_add(1) >= plugin.max_faults)
      client_.stop(last_, &lines, "it does not survive more lines than are allowed");
    const AnswerSink &taker = *client_.taker_;
    const bool keep = taker.keep && (plugin.on_fault == OnFault::match || taker.keeps_always);
    client_.report(last_, keep ? Verdict::kept : Verdict::skipped, &lines);
    if (keep) client_.taker_->keep(lines);
  }

  RunnerClient &client_;
  const Selection &in_;
  Fault last_;
  const uint64_t limit_ns_;
  bool hung_;
  uint64_t spent_ns_ = 0;
  std::shared_ptr<RunnerHandle> runner_;
  std::vector<Range> lines_;
  std::vector<size_t> tried_;
};

void RunnerClient::work(Operation operation, Content &content, const plug_ctx &ctx, const Selection &in,
                        const AnswerSink &taker, StageCount *count) {
  operation_ = operation;
  content_ = &content;
  ctx_ = &ctx;
  taker_ = &taker;
  count_ = count;
  if (in.bytes() == 0) return;
  in_pieces(content, in, [&](const Selection &piece) { work_on(piece); });
}

void RunnerClient::work_on(const Selection &in) {
  for (;;) {
    throw_if_cancelled(*ctx_);
    auto runner = process_.runner();
    if (attempt(*runner, slot_, in, process_.plugin->spec->call_ns)) {
      longest_ns_ = std::max(longest_ns_, runner->spent_ns(slot_));
      misses_ = 0;
      process_.budget->restarts = 0;
      return;
    }
    throw_if_cancelled(*ctx_);
    lose(runner);
    if (!runner->blames(slot_) && ++misses_ <= kMaxMisses) continue;
    misses_ = 0;
    Fault fault = runner->fault();
    runner.reset();  // and with it the memory of its answers
    FaultBisector(*this, in, std::move(fault)).run();
    return;
  }
}

// Another runner takes the place of one that is lost.
void RunnerClient::lose(const std::shared_ptr<RunnerHandle> &runner) {
  if (!process_.give_up(runner)) return;
  if (process_.budget->restarts.fetch_add(1) >= kMaxRestarts)
    stop(runner->fault(), nullptr, "it was started again and again, and did nothing well in between");
  if (runner->blames_nobody() && content_) report(runner->fault(), Verdict::passed, nullptr);
}

bool RunnerClient::attempt(RunnerHandle &runner, uint32_t slot, const Selection &in, uint64_t limit_ns) {
  if (!runner.ask(slot, pack(runner, slot, in), *ctx_, limit_ns)) return false;
  const auto answer = runner.answer(slot);
  if (!usable(runner, slot, answer)) return false;
  const char *rule = too_large(answer, in);
  if (!rule) rule = copy(runner, answer, in);
  if (rule) {
    runner.blame(slot, FaultKind::violation, "", rule);
    return false;
  }
  count_->lines_in += std::min<uint64_t>(answer.lines_in, in.bytes());
  count_->lines_changed += std::min<uint64_t>(answer.lines_changed, in.bytes());
  return true;
}

// The rule that the sizes in the head of an answer break, or null. Each range and each origin is for at least one line
// of those that were asked about.
const char *RunnerClient::too_large(const RunnerHandle::AnswerHeader &answer, const Selection &in) const {
  const AnswerSink &taker = *taker_;
  const uint64_t made = taker.bytes ? taker.bytes->size() : 0;
  if (answer.bytes > taker.limit - std::min(made, taker.limit)) return "it made more of a block than is allowed";
  if (answer.ranges > 0 && taker.role == Role::exporter) return "it says which lines are left, and it is no filter";
  if (answer.origins > 0 && taker.role != Role::transform)
    return "it says of which lines others were made, and it is no transform";
  // So few are cheaper to look at than the lines are to count.
  constexpr uint32_t kFew = 4096;
  const uint32_t claimed = std::max(answer.ranges, answer.origins);
  if (claimed <= kFew) return nullptr;
  uint64_t lines = 0;
  for (const Range &range : in.ranges())
    lines += count_lines(content_->text(range.text).data() + range.begin, range.end - range.begin);
  return claimed > lines ? "it answers for more lines than it was asked about" : nullptr;
}

// Copies an answer, whose sizes are known to be possible, and has the copy taken. The rule that it breaks, or null.
const char *RunnerClient::copy(const RunnerHandle &runner, const RunnerHandle::AnswerHeader &answer,
                               const Selection &in) const {
  const AnswerSink &taker = *taker_;
  const size_t before = taker.bytes ? taker.bytes->size() : 0;
  content_->make_room(answer.bytes + (taker.role == Role::exporter ? before : 0));
  Answer made;
  const char *rule = "its answer is shorter than it says";
  try {
    Unpacker from(answer.payload);
    from.take(answer.ranges, &made.ranges);
    const auto bytes = from.take(answer.bytes);
    from.take(answer.origins, &made.origins);
    for (Range &range : made.ranges) {
      // Places in a text that was made begin with the first line that was asked about.
      if (range.text == 0 || range.text > windows_.texts()) continue;
      const auto window = windows_[range.text];
      if (range.begin > range.end || range.end > window.size()) return "it kept bytes that it was not asked about";
      range.begin += window.begin;
      range.end += window.begin;
    }
    if (taker.bytes) {
      runner.copy(bytes, taker.bytes);
      made.bytes = taker.bytes->bytes().subspan(before);
    }
    rule = taker.take(in, made);
  } catch (const Malformed &) {
  }
  if (rule && taker.bytes) taker.bytes->truncate(before);
  return rule;
}

Request RunnerClient::pack(RunnerHandle &runner, uint32_t slot, const Selection &in) {
  Request request{};
  request.block_at = kInPayload;
  if (operation_ == Operation::apply || operation_ == Operation::write || operation_ == Operation::spans) {
    windows_.of(in);
    request = packed(*content_, in, windows_, process_.config().blocks,
                     [&](uint64_t size) { return runner.payload(slot, size); });
  }
  request.operation = operation_;
  return request;
}

// Whether the plugin did what it was asked. Throws what it says that went wrong; false when it broke.
bool RunnerClient::usable(RunnerHandle &runner, uint32_t slot, const RunnerHandle::AnswerHeader &answer) {
  if (!answer.possible) {
    runner.blame(slot, FaultKind::violation, "", "its answer has a value that there is not");
    return false;
  }
  switch (answer.outcome) {
    case Outcome::done:
      return true;
    case Outcome::cancelled:
      cancelled_ = answer.operation;
      throw StageCancelled{&plugin_, cancelled_.c_str()};
    case Outcome::no_memory:
      runner.blame(slot, FaultKind::violation, "", "there is no memory left for its answer");
      return false;
    case Outcome::failed:
      break;
  }
  if (answer.contract || answer.code == PLUG_ERROR_PANIC) {
    runner.blame(slot, answer.contract ? FaultKind::violation : FaultKind::panic, answer.operation, answer.message);
    return false;
  }
  const Block *const block = content_ ? &content_->block : nullptr;
  const auto offset = static_cast<uint64_t>(answer.offset);
  const bool inside = block && offset >= block->offset && offset - block->offset < block->size();
  throw StageFailure{
      {FailureKind::plugin, plugin_.label, answer.operation, answer.code, answer.message, inside ? answer.offset : -1}};
}

void RunnerClient::call(Operation operation, const plug_ctx &ctx, bool again, MemorySink *out) {
  operation_ = operation;
  content_ = nullptr;
  ctx_ = &ctx;
  const Selection none;
  for (;;) {
    const auto runner = process_.runner();
    bool done = runner->ask(slot_, pack(*runner, slot_, none), ctx, process_.plugin->spec->call_ns);
    if (done) {
      const auto answer = runner->answer(slot_);
      done = usable(*runner, slot_, answer);
      if (done && answer.bytes > std::min<uint64_t>(kMaxEdge, answer.payload.size())) {
        runner->blame(slot_, FaultKind::violation, "", "it made more than is allowed without lines");
        done = false;
      }
      if (done) {
        runner->copy(answer.payload.first(answer.bytes), &out->buffer());
        return;
      }
    }
    throw_if_cancelled(ctx);
    process_.give_up(runner);
    if (!again) stop(runner->fault(), nullptr, "");
    again = false;
  }
}

FaultReport RunnerClient::report_of(const Fault &fault, Verdict verdict, const Selection *lines) const {
  FaultReport report;
  report.fault = fault;
  if (fault.operation.empty() && fault.state == State::calling)
    report.fault.operation = operation_ == Operation::spans ? "spans" : function_;
  report.label = plugin_.label;
  report.verdict = verdict;
  if (!content_) return report;
  const Block &block = content_->block;
  report.input = block.input;
  if (!lines || lines->ranges().empty()) return report;
  const Range first = lines->ranges().front();
  const auto text = content_->text(first.text);
  report.located = true;
  report.offset = content_->input_offset(first.text, first.begin);
  report.line = count_lines(block.data(), report.offset - block.offset) + 1;
  report.length = lines->bytes();
  report.lines = lines_of(*content_, *lines).size();
  report.text.assign(reinterpret_cast<const char *>(text.data()) + first.begin,
                     std::min<size_t>(first.end - first.begin, kMaxQuote));
  return report;
}

void RunnerClient::report(const Fault &fault, Verdict verdict, const Selection *lines) {
  content_->faults.push_back(report_of(fault, verdict, lines));
}

void RunnerClient::stop(const Fault &fault, const Selection *lines, const char *reason) {
  FaultReport report = report_of(fault, Verdict::stopped, lines);
  report.reason = reason;
  throw stop_for(std::move(report));
}

}  // namespace plughost::isolation
