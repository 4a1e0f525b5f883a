#include "engine/run/run.hpp"

#include <algorithm>
#include <cerrno>
#include <clocale>
#include <system_error>

#include "engine/rows/row_stage.hpp"
#include "engine/rows/states/state_writer.hpp"
#include "engine/rows/time/zoned_rows.hpp"
#include "engine/run/run_sizes.hpp"
#include "engine/run/thrown_failure.hpp"
#include "engine/stages/run_setting.hpp"

namespace plughost {
namespace {

bool reads_numbers(const RunSpec &spec) {
  return (spec.exporter && spec.exporter->reads_numbers()) ||
         std::any_of(spec.stages.begin(), spec.stages.end(), [](const auto &stage) { return stage->reads_numbers(); });
}

// Returns whether lines that one parser has read may be read by another one.
bool reads_rows_again(const RunSpec &spec) {
  const auto readers =
      std::count_if(spec.stages.begin(), spec.stages.end(), [](const auto &stage) { return stage->reads_rows(); });
  return readers + (spec.exporter && spec.exporter->parses() ? 1 : 0) > 1;
}

}  // namespace

Run::Run(RunSpec spec, std::function<void()> on_end)
    : spec_(std::move(spec)),
      on_end_(std::move(on_end)),
      locale_(std::setlocale(LC_ALL, nullptr)),
      isolated_(is_isolated(spec_)),
      counts_lines_(isolated_ ||
                    std::any_of(spec_.stages.begin(), spec_.stages.end(),
                                [](const auto &stage) { return stage->reads_rows(); }) ||
                    (spec_.exporter && spec_.exporter->parses())),
      transforms_(
          std::any_of(spec_.stages.begin(), spec_.stages.end(), [](const auto &stage) { return stage->transforms(); })),
      exports_in_order_(spec_.exporter && (!spec_.exporter->rowwise() || spec_.exporter->numbers())),
      parses_rows_(spec_.exporter && spec_.exporter->parses()),
      threads_per_runner_(threads_per_runner(spec_)),
      workers_(workers_for(spec_)),
      pool_(pool_for(spec_)),
      source_(spec_.inputs, read_options_for(spec_, pool_.get()), workers_),
      tasks_(workers_, tasks_per_worker(workers_)),
      numbers_(reads_numbers(spec_) ? std::make_unique<BlockNumbers>(spec_.inputs.size()) : nullptr),
      span_finder_(spec_.stages),
      printer_(spec_.output && !spec_.exporter && !spec_.states ? make_printer(spec_.print, span_finder_) : nullptr),
      inputs_(spec_.inputs.size()),
      counts_(spec_.stages.size() + (spec_.exporter ? 1 : 0)) {
  for (BlockTask &task : tasks_.tasks()) {
    task.counts.resize(counts_.size());
    task.content.arenas = std::vector<Arena>(spec_.stages.size());
    task.content.block.buffer = PageBuffer(pool_.get());
    task.content.keeps_unfit = spec_.unparsed != nullptr;
    task.content.keeps_skipped = reads_rows_again(spec_);
  }
  if (isolated_) {
    // Only the first stage may read the blocks: later stages must not see lines that an earlier one dropped.
    RunSetting setting{&ending_, &pool_->memory(), max_block_of(spec_) + max_line_of(spec_), runners_of(workers_), 0};
    for (const auto &stage : spec_.stages) {
      stage->configure(setting);
      setting.blocks = nullptr;
      setting.stage++;
    }
    if (spec_.exporter) spec_.exporter->configure(setting);
  }
  for (const auto &stage : spec_.stages) stage->begin(workers_);
  main_thread_ = std::thread([this] { main_loop(); });
}

Run::~Run() {
  cancel(PLUG_CANCEL_SHUTDOWN);
  main_thread_.join();
}

Counters Run::progress() const {
  return {bytes_.load(std::memory_order_relaxed), kept_.load(std::memory_order_relaxed),
          written_.load(std::memory_order_relaxed)};
}

void Run::cancel(uint32_t reason) {
  uint32_t none = PLUG_CANCEL_NONE;
  cancel_reason_.compare_exchange_strong(none, reason);
  cancel_.raise(reason);
  stop_reading();
}

void Run::report(Failure failure) {
  std::lock_guard lock(failures_mutex_);
  failures_.push_back(std::move(failure));
}

void Run::fail(Failure failure) {
  ended_ = true;
  report(std::move(failure));
  cancel_.raise(PLUG_CANCEL_ASKED);
  stop_reading();
}

// Ends the source, and the waits for blocks that it does not give any more. [any]
void Run::stop_reading() {
  source_.stop();
  tasks_.abandon();
  if (numbers_) numbers_->abandon();
}

// Runs `step`. Stores the failure that it throws in `task`, or ends the run with it if `task` is null.
void Run::catch_failures(BlockTask *task, const std::function<void()> &step) {
  std::optional<Failure> failure;
  try {
    step();
    return;
  } catch (const OutputAbandoned &) {
    ended_ = output_abandoned_ = true;
    return;
  } catch (...) {
    failure = failure_of_exception(spec_.stages, cancel_);
  }
  if (!failure) {
    (task ? task->cancelled : ended_) = true;
  } else if (task) {
    task->failure = std::move(failure);
  } else {
    fail(std::move(*failure));
  }
}

// Runs on the main thread: begins the output, works as worker 0, and ends the output after all workers.
void Run::main_loop() {
  const uint64_t start = now_ns();
  begin_export();
  std::vector<std::thread> others;
  try {
    for (uint32_t i = 1; i < workers_; i++) others.emplace_back([this, i] { work(i); });
  } catch (const std::system_error &) {
    // The run works with fewer threads, only slower.
  }
  work(0);
  for (std::thread &other : others) other.join();
  source_.stop();
  end_export();
  write_states();
  end_print(now_ns() - start);
  exporter_.reset();
  if (locale_ != std::setlocale(LC_ALL, nullptr)) std::setlocale(LC_ALL, locale_.c_str());
  flush_output();
  make_result(1 + static_cast<unsigned>(others.size()), now_ns() - start);
  on_end_();
}

void Run::begin_export() {
  catch_failures(nullptr, [&] {
    if (!spec_.exporter) return;
    exporter_ = spec_.exporter->worker();
    if (!spec_.answers.empty()) return;
    exporter_->begin(cancel_.context(0), &begin_end_output_);
    if (spec_.output && !spec_.continued) spec_.output->put(begin_end_output_.buffer());
  });
}

// Returns whether the run did all that was wanted, so that the end of the output may follow.
bool Run::is_complete() const { return satisfied_ || (!ended_ && cancel_.reason() == PLUG_CANCEL_NONE); }

void Run::end_export() {
  catch_failures(nullptr, [&] {
    if (!exporter_ || !is_complete()) return;
    begin_end_output_.restart();
    // A run that reached its limit raised the cancel word to stop its workers. The exporter must still end its output.
    const CancelWord not_cancelled;
    const plug_ctx ctx = satisfied_ ? not_cancelled.context(0) : cancel_.context(0);
    write_answers(ctx);
    exporter_->end(ctx, &begin_end_output_);
    if (spec_.output) spec_.output->put(begin_end_output_.buffer());
  });
}

void Run::write_answers(const plug_ctx &ctx) {
  if (spec_.merged) spec_.merged->check(ctx);
  MemorySink &out = begin_end_output_;
  const auto put = [&] {
    if (spec_.output) spec_.output->put(out.buffer());
    out.restart();
  };
  for (const RunAnswers &answers : spec_.answers) {
    const Schema columns(answers.result.columns);
    ZonedRows zoned(spec_.zone, answers.result.columns);
    exporter_->begin_rows(ctx, zoned.schema().get(), &out);
    if (spec_.continued && &answers == &spec_.answers.front()) out.restart();
    put();
    const Folded &folded = *answers.folded;
    const std::string label = folded.folds()[answers.fold].label() + ", " + spec_.exporter->label();
    const TakeRows take = [&](const plug_rows &rows) {
      exporter_->write_rows(nullptr, ctx, zoned.of(rows), &out);
      ensure_locale(label, nullptr);
      put();
    };
    Fold *const whole = folded.whole(answers.fold, answers.result.sort.empty() ? kHeldAnswers : UINT64_MAX);
    answers_ += whole ? pass_whole_results(*whole, answers.result, columns, ctx, take)
                      : pass_results(folded.folds()[answers.fold], folded.schema(), answers.result, columns,
                                     *folded.groups(answers.fold), ctx, take);
  }
  if (spec_.merged) folded_ = spec_.merged->end().rows;
}

// Writes the states of all groups. An input that could not be read leaves no file of states: its coverage would be
// wrong.
void Run::write_states() {
  catch_failures(nullptr, [&] {
    if (!spec_.states || !is_complete() || !failures_.empty()) return;
    const auto &[prefix, stage] = *spec_.states;
    const Folded &folded = stage ? static_cast<const Folded &>(static_cast<const RowStage &>(*spec_.stages[*stage]))
                                 : static_cast<const Folded &>(*spec_.merged);
    if (!stage) spec_.merged->check(cancel_.context(0));
    StateWriter writer(*spec_.output);
    writer.begin(prefix);
    for (size_t i = 0; i < folded.folds().size(); i++) {
      answers_ += writer.section(*folded.groups(i), cancel_.context(0));
      ensure_locale(folded.folds()[i].label(), nullptr);
    }
    StateCounts counts;
    if (stage) {
      counts.lines = counts_[*stage].lines_in;
      counts.rows = counts_[*stage].rows;
      counts.unparsed = counts_[*stage].lines_unfit;
    } else {
      counts = spec_.merged->end();
    }
    counts.groups = answers_;
    writer.end(counts);
  });
}

void Run::end_print(uint64_t elapsed_ns) {
  catch_failures(nullptr, [&] {
    if (!printer_ || !is_complete()) return;
    begin_end_output_.restart();
    printer_->end(elapsed_ns, &begin_end_output_.buffer());
    spec_.output->put(begin_end_output_.buffer());
  });
}

void Run::flush_output() {
  if (spec_.unparsed) catch_failures(nullptr, [&] { with_unparsed([](Output &output) { output.flush(); }); });
  if (!spec_.output) return;
  const bool failed = std::any_of(failures_.begin(), failures_.end(),
                                  [](const Failure &failure) { return failure.kind == FailureKind::output; });
  if (!failed && !output_abandoned_) catch_failures(nullptr, [&] { spec_.output->flush(); });
  written_ = spec_.output->written();
}

void Run::make_result(unsigned threads, uint64_t elapsed_ns) {
  result_.counters = progress();
  // An empty input gives no block, but was read.
  const uint32_t reached = satisfied_ ? inputs_reached_ : std::min(source_.opened(), tasks_.next_input() + 1);
  for (uint32_t i = 0; i < reached; i++)
    if (inputs_[i].state == InputCount::State::unread) inputs_[i].state = InputCount::State::read;
  result_.inputs = std::move(inputs_);
  result_.cancelled = cancel_reason_;
  result_.failures = std::move(failures_);
  result_.faults = std::move(faults_);
  result_.workers = runners_of(threads);
  result_.blocks = blocks_;
  result_.answers = answers_;
  result_.folded = folded_;
  result_.early = early_;
  result_.long_lines = long_lines_;
  result_.elapsed_ns = elapsed_ns;
  for (size_t i = 0; i < spec_.stages.size(); i++) {
    const LineStage &stage = *spec_.stages[i];
    result_.stages.push_back(
        {stage.plugin.label, stage.parser_label(), name_of(stage.shape), counts_[i], stage.valued()});
    if (stage.folds_rows()) result_.folded += counts_[i].rows;
  }
  if (!spec_.exporter) return;
  const ExportStage &exporter = *spec_.exporter;
  result_.stages.push_back({exporter.label(), exporter.parser_label(), "write", counts_.back(), exporter.valued()});
}

}  // namespace plughost
