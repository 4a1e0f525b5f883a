#include "engine/run/run.hpp"

#include <algorithm>
#include <cerrno>
#include <clocale>
#include <system_error>

#include "engine/isolation/runner/runner_pool.hpp"
#include "engine/plugin/crash_report.hpp"
#include "engine/run/thrown_failure.hpp"
#include "os/thread/handler_stack.hpp"

namespace plughost {
namespace {

// Longer ranges are written from the block; shorter ones are cheaper to copy together.
constexpr size_t kInPlaceWorth = 4096;

// To wake another process costs more than to call a function, so that it is worth a larger block.
constexpr size_t kMaxIsolatedBlock = 1 << 20;
// Blocks of slots and those that are read ahead; where there are more, their bytes are copied.
constexpr size_t kPooledBlocks = 96;

bool is_isolated(const RunSpec &spec) {
  return (spec.exporter && spec.exporter->isolated()) ||
         std::any_of(spec.stages.begin(), spec.stages.end(), [](const auto &stage) { return stage->isolated(); });
}

unsigned workers_for(const RunSpec &spec) {
  // Lines in order means one at a time.
  for (const auto &stage : spec.stages)
    if (stage->ordered()) return 1;
  const unsigned workers = spec.workers > 0 ? spec.workers : std::max(1u, std::thread::hardware_concurrency());
  return is_isolated(spec) ? workers * isolation::kThreadsPerRunner : workers;
}

size_t max_block(const RunSpec &spec) { return spec.block_size > 0 ? spec.block_size : kMaxIsolatedBlock; }

std::unique_ptr<isolation::BlockPool> pool_for(const RunSpec &spec) {
  if (!is_isolated(spec)) return nullptr;
  // A stream is read into what is left of one block and a whole other one.
  return std::make_unique<isolation::BlockPool>(kPooledBlocks, 4 * page_aligned(max_block(spec)));
}

ReadOptions limits_for(const RunSpec &spec, PagePool *pool) {
  ReadOptions limits{spec.block_size, spec.max_line > 0 ? spec.max_line : kMaxLine, spec.long_lines};
  if (pool) limits.max_block = kMaxIsolatedBlock;
  limits.pool = pool;
  return limits;
}

// While one slot is written and each worker has one in work, another can wait its turn for each worker.
size_t slots_for(unsigned workers) { return workers == 1 ? 1 : 2 * workers + 1; }

}  // namespace

// The plugins' states for one thread, made when its first block is there.
struct Run::Worker {
  explicit Worker(const Run &run, uint32_t index)
      : exports(run.spec_.exporter && !run.exports_in_turn_), ctx(run.cancel_.context(index)) {}

  void prepare(const RunSpec &spec) {
    if (ready) return;
    for (uint32_t i = 0; i < spec.stages.size(); i++) stages.push_back(spec.stages[i]->worker(i));
    if (exports) exporter = spec.exporter->worker();
    ready = true;
  }

  const bool exports;
  const plug_ctx ctx;
  bool ready = false;
  std::vector<std::unique_ptr<LineWorker>> stages;
  std::unique_ptr<ExportWorker> exporter;
  std::vector<Arena> arenas;  // for what is made of lines around kept ones
};

Run::Run(RunSpec spec, std::function<void()> on_end)
    : spec_(std::move(spec)),
      on_end_(std::move(on_end)),
      locale_(std::setlocale(LC_ALL, nullptr)),
      isolated_(is_isolated(spec_)),
      transforms_(
          std::any_of(spec_.stages.begin(), spec_.stages.end(), [](const auto &stage) { return stage->transforms(); })),
      exports_in_turn_(spec_.exporter && (!spec_.exporter->rowwise() || spec_.exporter->numbers())),
      workers_(workers_for(spec_)),
      pool_(pool_for(spec_)),
      source_(spec_.inputs, limits_for(spec_, pool_.get()), workers_),
      slots_(slots_for(workers_)),
      span_finder_(spec_.stages),
      printer_(spec_.output && !spec_.exporter ? make_printer(spec_.print, span_finder_) : nullptr),
      inputs_(spec_.inputs.size()),
      counts_(spec_.stages.size() + (spec_.exporter ? 1 : 0)) {
  for (Slot &slot : slots_.slots()) {
    slot.counts.resize(counts_.size());
    slot.content.arenas = std::vector<Arena>(spec_.stages.size());
    slot.content.block.buffer = PageBuffer(pool_.get());
  }
  if (isolated_) {
    const size_t max_line = spec_.max_line > 0 ? spec_.max_line : kMaxLine;
    // The first stage is asked about every line. Others are lent no block, since they may not see what was left out.
    RunSetting setting{&pool_->memory(), max_block(spec_) + max_line, workers_, 0};
    for (const auto &stage : spec_.stages) {
      stage->configure(setting);
      setting.blocks = nullptr;
      setting.stage++;
    }
    if (spec_.exporter) spec_.exporter->configure(setting);
  }
  conductor_ = std::thread([this] { conduct(); });
}

Run::~Run() {
  cancel(PLUG_CANCEL_SHUTDOWN);
  conductor_.join();
}

Counters Run::progress() const {
  return {bytes_.load(std::memory_order_relaxed), kept_.load(std::memory_order_relaxed),
          written_.load(std::memory_order_relaxed)};
}

void Run::cancel(uint32_t reason) {
  uint32_t none = PLUG_CANCEL_NONE;
  asked_.compare_exchange_strong(none, reason);
  cancel_.raise(reason);
  source_.stop();
}

void Run::report(Failure failure) {
  std::lock_guard lock(failures_mutex_);
  failures_.push_back(std::move(failure));
}

void Run::fail(Failure failure) {
  ended_ = true;
  report(std::move(failure));
  cancel_.raise(PLUG_CANCEL_ASKED);
  source_.stop();
}

// Runs `step` and turns what it throws into the slot's failure, or without a slot into the run's.
void Run::guarded(Slot *slot, const std::function<void()> &step) {
  std::optional<Failure> failure;
  try {
    step();
    return;
  } catch (const OutputAbandoned &) {
    ended_ = output_left_ = true;
    return;
  } catch (...) {
    failure = failure_of_exception(spec_.stages, cancel_);
  }
  if (!failure) {
    (slot ? slot->cancelled : ended_) = true;
  } else if (slot) {
    slot->failure = std::move(failure);
  } else {
    fail(std::move(*failure));
  }
}

// The first thread: does what comes before and after the lines, and is worker 0 in between.
void Run::conduct() {
  const uint64_t start = now_ns();
  const plug_ctx ctx = cancel_.context(0);
  guarded(nullptr, [&] {
    if (!spec_.exporter) return;
    exporter_ = spec_.exporter->worker();
    exporter_->begin(ctx, &edge_);
    if (spec_.output && !spec_.continued) spec_.output->put(edge_.buffer());
  });
  std::vector<std::thread> others;
  try {
    for (uint32_t i = 1; i < workers_; i++) others.emplace_back([this, i] { work(i); });
  } catch (const std::system_error &) {
    // With fewer threads the run is slower, not wrong.
  }
  work(0);
  for (std::thread &other : others) other.join();
  source_.stop();
  guarded(nullptr, [&] {
    if (!exporter_ || (!satisfied_ && (ended_ || cancel_.reason() != PLUG_CANCEL_NONE))) return;
    edge_.restart();
    // When the limit was reached the others were told to stop; what comes behind the lines is still wanted.
    const CancelWord calm;
    exporter_->end(satisfied_ ? calm.context(0) : ctx, &edge_);
    if (spec_.output) spec_.output->put(edge_.buffer());
  });
  guarded(nullptr, [&] {
    if (!printer_ || (!satisfied_ && (ended_ || cancel_.reason() != PLUG_CANCEL_NONE))) return;
    edge_.restart();
    printer_->end(now_ns() - start, &edge_.buffer());
    spec_.output->put(edge_.buffer());
  });
  exporter_.reset();
  if (locale_ != std::setlocale(LC_ALL, nullptr)) std::setlocale(LC_ALL, locale_.c_str());
  const bool output_failed = std::any_of(failures_.begin(), failures_.end(),
                                         [](const Failure &failure) { return failure.kind == FailureKind::output; });
  if (spec_.output) {
    if (!output_failed && !output_left_) guarded(nullptr, [&] { spec_.output->flush(); });
    written_ = spec_.output->written();
  }

  result_.counters = progress();
  // One without a byte has brought no block.
  const uint32_t reached = satisfied_ ? reached_ : source_.opened();
  for (uint32_t i = 0; i < reached; i++)
    if (inputs_[i].state == InputCount::State::unread) inputs_[i].state = InputCount::State::read;
  result_.inputs = std::move(inputs_);
  result_.cancelled = asked_;
  result_.failures = std::move(failures_);
  result_.faults = std::move(faults_);
  const auto threads = 1 + static_cast<unsigned>(others.size());
  result_.workers = isolated_ ? (threads + isolation::kThreadsPerRunner - 1) / isolation::kThreadsPerRunner : threads;
  result_.blocks = blocks_;
  result_.long_lines = long_lines_;
  result_.elapsed_ns = now_ns() - start;
  for (size_t i = 0; i < spec_.stages.size(); i++)
    result_.stages.push_back({spec_.stages[i]->plugin.label, name_of(spec_.stages[i]->shape), counts_[i]});
  if (spec_.exporter) result_.stages.push_back({spec_.exporter->plugin.label, "write", counts_.back()});
  on_end_();
}

void Run::work(uint32_t index) {
  const HandlerStack stack;
  Worker worker(*this, index);
  for (;;) {
    Slot *slot = slots_.acquire();
    slot->clear();
    bool got = true;
    guarded(slot, [&] { got = source_.next(&slot->content.block); });
    if (!got) {
      slots_.release(slot);
      return;
    }
    if (!slot->failure) guarded(slot, [&] { process(worker, *slot); });
    slots_.submit(slot, [&](Slot &turn) { consume(worker, turn); });
  }
}

void Run::process(Worker &worker, Slot &slot) {
  set_input_of_thread(&source_.name(slot.content.block.input));
  worker.prepare(spec_);
  if (spec_.exporter && spec_.exporter->names()) slot.content.name = source_.name(slot.content.block.input);
  pass(worker, slot);
  slot.lines = slot.kept.lines(slot.content);
  if (spec_.output || spec_.exporter) prepare_output(worker, slot);
}

void Run::pass(Worker &worker, Slot &slot) {
  slot.kept.select_all(slot.content.block.size());
  for (size_t i = 0; i < worker.stages.size() && slot.kept.bytes() > 0; i++) {
    worker.stages[i]->apply(slot.content, worker.ctx, slot.kept, &slot.scratch, &slot.counts[i]);
    ensure_locale(spec_.stages[i]->plugin, slot.content);
    std::swap(slot.kept, slot.scratch);
    slot.counts[i].lines_kept += slot.kept.lines(slot.content);
  }
}

// Other plugins write and read numbers by the locale, which is one for all threads.
void Run::ensure_locale(const StagePlugin &plugin, const Content &content) const {
  if (locale_ == std::setlocale(LC_ALL, nullptr)) return;
  raise_contract(plugin, "setlocale", "it, or a plugin beside it, changed the locale of the process", content);
}

void Run::prepare_output(Worker &worker, Slot &slot) {
  if (printer_ && spec_.print.numbered()) slot.numbers.find(slot.content, slot.kept);
  if (spec_.exporter && spec_.exporter->numbers()) slot.numbers.find(slot.content, slot.kept, &slot.content.numbered);
  if (printer_ && spec_.print.context() && transforms_) make_context(worker, slot);
  const auto &ranges = slot.kept.ranges();
  if (ranges.empty()) return;
  if (worker.exporter) {
    worker.exporter->write(slot.content, worker.ctx, slot.kept, &slot.out, &slot.counts.back());
    ensure_locale(spec_.exporter->plugin, slot.content);
    return;
  }
  if (spec_.exporter || printer_) return;  // in its turn
  slot.in_place = slot.kept.bytes() >= ranges.size() * kInPlaceWorth;
  if (slot.in_place) return;
  ByteBuffer &out = slot.out.buffer();
  if (!out.reserve(slot.kept.bytes() + 1)) throw std::bad_alloc();
  for (const Range &range : ranges) {
    const auto bytes = bytes_of(slot.content, range);
    out.append(bytes.data(), bytes.size());
  }
  if (out.bytes().back() != '\n') out.append("\n", 1);
}

// Exports the kept lines of a block once more. Uses the exporter of this thread, which has no block in work: exporter_
// may share its runner with a thread that has.
void Run::export_again(Worker &worker, Slot &slot) {
  worker.prepare(spec_);
  slot.out.restart();
  slot.counts.back() = {};
  worker.exporter->write(slot.content, worker.ctx, slot.kept, &slot.out, &slot.counts.back());
}

// From now on the stages of this thread, which has no block in work, are asked for the places in lines of this one.
void Run::use_worker_for_spans(Worker &worker, Slot &slot) {
  worker.prepare(spec_);
  span_finder_.use(&worker.stages, worker.ctx, &slot.content);
}

// Passes the lines that may be shown around kept ones through the transforms, for what they change must not be shown as
// it was.
void Run::make_context(Worker &worker, Slot &slot) {
  const bool limited = spec_.limit > 0 || spec_.input_limit > 0;
  slot.around.make(slot.content, slot.kept, spec_.print.before, spec_.print.after, limited, &worker.arenas,
                   [&](Content &content, Selection *lines) {
                     for (size_t i = 0; i < worker.stages.size(); i++) {
                       if (!spec_.stages[i]->transforms()) continue;
                       StageCount count;
                       worker.stages[i]->apply(content, worker.ctx, *lines, &slot.scratch, &count);
                       ensure_locale(spec_.stages[i]->plugin, content);
                       std::swap(*lines, slot.scratch);
                       slot.counts[i].ns += count.ns;
                     }
                   });
}

}  // namespace plughost
