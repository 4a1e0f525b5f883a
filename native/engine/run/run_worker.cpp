// What each worker thread of a run does with a block: stages, row-wise exporter, output that needs no order.
#include <algorithm>
#include <clocale>
#include <new>
#include <utility>

#include "engine/plugin/crash_report.hpp"
#include "engine/run/run.hpp"
#include "os/thread/handler_stack.hpp"

namespace plughost {
namespace {

// The average bytes of kept ranges from which they are written directly from the block. Shorter ranges are copied
// together first, which is cheaper than many pieces.
constexpr size_t kMinInPlace = 4096;

}  // namespace

// One worker thread's stages, with the states of their plugins. They are made for the thread's first block, so a thread
// that gets none calls no plugin.
struct Run::Worker {
  explicit Worker(const Run &run, uint32_t index)
      : exports(run.spec_.exporter && !run.exports_in_order_),
        ctx(run.cancel_.context(index)),
        memory(run.pool_.get()) {}

  void prepare(const RunSpec &spec) {
    if (ready) return;
    for (uint32_t i = 0; i < spec.stages.size(); i++) stages.push_back(spec.stages[i]->worker(i));
    if (exports) exporter = spec.exporter->worker();
    ready = true;
  }

  // Gives a block the memory of the block before it, which is still in this core's cache. Without this the memory stays
  // with the block.
  void lend_memory(Block &block) {
    if (memory.data()) std::swap(memory, block.buffer);
  }
  void take_memory_back(Block &block) { std::swap(memory, block.buffer); }

  const bool exports;
  const plug_ctx ctx;
  PageBuffer memory;
  bool ready = false;
  std::vector<std::unique_ptr<LineWorker>> stages;
  std::unique_ptr<ExportWorker> exporter;
  std::vector<Arena> arenas;  // scratch memory for context lines
};

void Run::work(uint32_t index) {
  const HandlerStack stack;
  Worker worker(*this, index);
  for (;;) {
    const ReorderBuffer::Acquired acquired = tasks_.acquire(index);
    BlockTask *const task = acquired.task;
    if (!task) break;
    task->clear();
    worker.lend_memory(task->content.block);
    bool got = true;
    catch_failures(task, [&] { got = source_.next(&task->content.block, acquired.has_more); });
    if (!got) {
      tasks_.release(task);
      break;
    }
    if (numbers_) {
      task->content.first_number = numbers_->first_of(task->content.block, !task->failure);
      if (task->content.first_number == 0) task->cancelled = true;
    }
    if (!task->failure && !task->cancelled && !task->content.block.is_end())
      catch_failures(task, [&] { process(worker, *task); });
    if (!needs_block(*task)) worker.take_memory_back(task->content.block);
    tasks_.submit(task, [&](BlockTask &turn) { consume(worker, turn); });
  }
  for (const auto &stage : worker.stages) stage->end();
}

// Whether the bytes of the block are read again when its turn comes. Else only what was made of it waits.
bool Run::needs_block(const BlockTask &task) const {
  // locate() counts the lines before a failure, and LineCounter::pass those of streams.
  if (task.failure || task.content.failure || !task.content.unfit.empty()) return true;
  if (counts_lines_ && !task.content.block.file) return true;
  if (exports_in_order_ && !task.content.skipped.empty()) return true;
  for (const StageCount &count : task.counts)
    if (count.lines_unfit > 0) return true;
  if (printer_ && spec_.print.context()) return true;
  if (task.kept.bytes() == 0) return false;
  return printer_ || exports_in_order_ || task.in_place || spec_.limit > 0 || spec_.input_limit > 0;
}

void Run::process(Worker &worker, BlockTask &task) {
  set_input_of_thread(&source_.name(task.content.block.input));
  worker.prepare(spec_);
  if (spec_.exporter && spec_.exporter->names()) task.content.name = source_.name(task.content.block.input);
  run_stages(worker, task);
  // An exporter that parses decides which of them are rows.
  if (!parses_rows_) task.lines = task.kept.lines(task.content);
  if (spec_.output || spec_.exporter) prepare_output(worker, task);
}

void Run::run_stages(Worker &worker, BlockTask &task) {
  task.kept.select_all(task.content.block.size());
  for (size_t i = 0; i < worker.stages.size(); i++) {
    // A parser with PLUG_PARSER_ORDERED also reads what it skipped before.
    const bool may_read_skipped = spec_.stages[i]->reads_rows() && !task.content.skipped.empty();
    if (task.kept.bytes() == 0 && !may_read_skipped) continue;
    worker.stages[i]->apply(task.content, worker.ctx, task.kept, &task.scratch, &task.counts[i]);
    ensure_locale(spec_.stages[i]->plugin.label, &task.content);
    std::swap(task.kept, task.scratch);
    task.counts[i].lines_kept += task.kept.lines(task.content);
  }
}

// Throws StageFailure if the locale of the process changed. All threads share it, and other plugins read and write
// numbers by it. `label` names the plugins that were called; `content` is null if they were not called about input.
void Run::ensure_locale(const std::string &label, const Content *content) const {
  if (locale_ == std::setlocale(LC_ALL, nullptr)) return;
  throw StageFailure{{FailureKind::contract, label, "setlocale", 0,
                      "it, or a plugin beside it, changed the locale of the process",
                      content ? static_cast<int64_t>(content->block.offset) : -1}};
}

void Run::prepare_output(Worker &worker, BlockTask &task) {
  if (printer_ && spec_.print.numbered()) task.numbers.find(task.content, task.kept);
  if (spec_.exporter && spec_.exporter->numbers()) task.numbers.find(task.content, task.kept, &task.content.numbered);
  if (printer_ && spec_.print.context() && transforms_) transform_context(worker, task);
  const auto &ranges = task.kept.ranges();
  task.unfit_before_export = task.content.unfit.size();
  task.faults_before_export = task.content.faults.size();
  if (ranges.empty()) return;
  if (worker.exporter) {
    // The lines wanted of a block are at most those of an input.
    export_lines(*worker.exporter, worker.ctx, task, lines_wanted({}, 0));
    return;
  }
  if (spec_.exporter || printer_) return;  // write_block() does the rest, in the order of the blocks
  task.in_place = task.kept.bytes() >= ranges.size() * kMinInPlace;
  if (task.in_place) return;
  ByteBuffer &out = task.out.buffer();
  if (!out.reserve(task.kept.bytes() + 1)) throw std::bad_alloc();
  for (const Range &range : ranges) {
    const auto bytes = bytes_of(task.content, range);
    out.append(bytes.data(), bytes.size());
  }
  if (out.bytes().back() != '\n') out.append("\n", 1);
}

// Passes the kept lines of a block to an exporter, or their first `most` rows if it parses them.
void Run::export_lines(ExportWorker &exporter, const plug_ctx &ctx, BlockTask &task, uint64_t most) {
  if (parses_rows_) {
    task.rows = {most};
    exporter.write_parsed(task.content, ctx, task.kept, &task.rows, &task.out, &task.counts.back());
    task.lines = task.rows.count;
  } else {
    exporter.write(task.content, ctx, task.kept, &task.out, &task.counts.back());
  }
  ensure_locale(spec_.exporter->label(), &task.content);
}

// Exports a block once more, because only its first `most` lines or rows are wanted. Uses the exporter of this thread,
// which has no block in work: exporter_ may share its runner with a thread that has.
void Run::export_again(Worker &worker, BlockTask &task, uint64_t most) {
  worker.prepare(spec_);
  task.out.restart();
  task.counts.back() = {};
  task.content.unfit.resize(task.unfit_before_export);
  task.content.faults.resize(task.faults_before_export);
  export_lines(*worker.exporter, worker.ctx, task, most);
}

// Lets the printer use this thread's stages to find spans. The thread has finished its own block, so they are free.
void Run::use_worker_for_spans(Worker &worker, BlockTask &task) {
  worker.prepare(spec_);
  span_finder_.use(&worker.stages, worker.ctx, &task.content);
}

// Runs the transforms on the lines that may become context lines.
void Run::transform_context(Worker &worker, BlockTask &task) {
  const bool limited = spec_.limit > 0 || spec_.input_limit > 0;
  task.context.make(task.content, task.kept, spec_.print.before, spec_.print.after, limited, &worker.arenas,
                    [&](Content &content, Selection *lines) {
                      for (size_t i = 0; i < worker.stages.size(); i++) {
                        if (!spec_.stages[i]->transforms()) continue;
                        StageCount count;
                        worker.stages[i]->apply(content, worker.ctx, *lines, &task.scratch, &count);
                        ensure_locale(spec_.stages[i]->plugin.label, &content);
                        std::swap(*lines, task.scratch);
                        task.counts[i].ns += count.ns;
                      }
                    });
}

}  // namespace plughost
