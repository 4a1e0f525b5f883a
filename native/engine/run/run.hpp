// A run: passes inputs through stages to an output, on its own threads.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "engine/input/source.hpp"
#include "engine/isolation/block_pool.hpp"
#include "engine/isolation/runner/ending_runners.hpp"
#include "engine/lines/line_counter.hpp"
#include "engine/plugin/context.hpp"
#include "engine/run/block_numbers.hpp"
#include "engine/run/reorder_buffer.hpp"
#include "engine/run/run_result.hpp"
#include "engine/run/run_spec.hpp"
#include "engine/stages/span_finder.hpp"
#include "engine/stages/stage.hpp"
#include "ipc/fault.hpp"

namespace plughost {

// Worker threads take blocks from the source in any order, pass them through the stages and submit them to the reorder
// buffer. The buffer hands them back in input order, one at a time, on the thread that completed the next one; then
// they are written and counted. run.cpp has the life of the run, run_worker.cpp the work on a block, run_in_order.cpp
// what happens in order.
class Run {
 public:
  // Starts the threads. `on_end` is called once, by the run's main thread as its last act. Plugins and descriptors must
  // outlive the run. Throws std::system_error when threads or pipes cannot be made.
  Run(RunSpec spec, std::function<void()> on_end);
  // Cancels the run and waits for its threads.
  ~Run();
  Run(const Run &) = delete;
  Run &operator=(const Run &) = delete;

  // [any]
  Counters progress() const;
  // Returns the bytes of all inputs, or 0 if not known. [any]
  uint64_t total() { return source_.total(); }
  // Raises the cancel word and stops reading. Blocks that are complete are still written. The first reason counts.
  // [any]
  void cancel(uint32_t reason);
  // May be called after the run ended.
  const RunResult &result() const { return result_; }

 private:
  struct Worker;

  // run.cpp, on the main thread
  void main_loop();
  void begin_export();
  void end_export();
  void write_answers(const plug_ctx &ctx);
  void write_states();
  void end_print(uint64_t elapsed_ns);
  void with_unparsed(const std::function<void(Output &)> &step);
  void flush_output();
  void make_result(unsigned threads, uint64_t elapsed_ns);
  bool is_complete() const;
  // Returns how many runners an isolated stage has for that many threads; in-process, the number of threads.
  unsigned runners_of(unsigned threads) const { return (threads + threads_per_runner_ - 1) / threads_per_runner_; }
  // run.cpp, on any thread
  void catch_failures(BlockTask *task, const std::function<void()> &step);
  void report(Failure failure);
  void fail(Failure failure);
  void stop_reading();

  // run_worker.cpp, on each worker thread
  void work(uint32_t index);
  void process(Worker &worker, BlockTask &task);
  bool needs_block(const BlockTask &task) const;
  void run_stages(Worker &worker, BlockTask &task);
  void ensure_locale(const std::string &label, const Content *content) const;
  void prepare_output(Worker &worker, BlockTask &task);
  void export_lines(ExportWorker &exporter, const plug_ctx &ctx, BlockTask &task, uint64_t most);
  void transform_context(Worker &worker, BlockTask &task);
  void use_worker_for_spans(Worker &worker, BlockTask &task);

  // run_in_order.cpp, in block order, one thread at a time
  void consume(Worker &worker, BlockTask &task);
  void accept(Worker &worker, BlockTask &task);
  bool write_block(Worker &worker, BlockTask &task, uint64_t wanted);
  void write_lines(BlockTask &task);
  void forget_unfit_lines(BlockTask &task);
  void write_unfit_lines(BlockTask &task);
  void collect_faults(BlockTask &task);
  void end_at(BlockTask &task);
  void locate(const Block &block, ipc::FaultReport *report);
  void locate(const Block &block, Failure *failure);
  uint64_t line_at(const Block &block, uint64_t offset);
  void count_bytes(const Block &block);
  uint64_t lines_wanted(const InputCount &input, uint64_t kept) const;
  void skip_input(uint32_t input);
  void end_satisfied();
  void keep_first(Worker &worker, BlockTask &task, uint64_t lines);
  void export_again(Worker &worker, BlockTask &task, uint64_t most);

  // Destroyed last: waits for the processes of all stages.
  isolation::EndingRunners ending_;
  const RunSpec spec_;
  const std::function<void()> on_end_;
  const std::string locale_;     // of the process when the run began
  const bool isolated_;          // a stage or the exporter runs in other processes
  const bool counts_lines_;      // the lines of streams are counted, because plugins or parsers may have to name one
  const bool transforms_;        // a stage is a transform
  const bool exports_in_order_;  // one state of the exporter gets all lines in order
  const bool parses_rows_;       // the exporter parses the lines, and what is kept and limited are its rows
  const unsigned threads_per_runner_;
  const unsigned workers_;
  const std::unique_ptr<isolation::BlockPool> pool_;       // null: not isolated
  CancelWord cancel_;                                      // also raised when the run ends early by itself
  std::atomic<uint32_t> cancel_reason_{PLUG_CANCEL_NONE};  // given to cancel()
  Source source_;
  ReorderBuffer tasks_;
  const std::unique_ptr<BlockNumbers> numbers_;  // null: no stage needs the numbers of lines
  std::unique_ptr<ExportWorker> exporter_;  // begins and ends the export, and writes the lines if exports_in_order_
  MemorySink begin_end_output_;             // output of its begin and end, and of Printer::end

  std::atomic<uint64_t> bytes_{0}, kept_{0}, written_{0}, blocks_{0};  // written in block order, read by progress()

  // Used in block order only, by one thread at a time, or by the main thread before and after the workers.
  bool ended_ = false;                     // no more blocks are written
  bool satisfied_ = false;                 // the run ended because it has all that was wanted
  bool early_ = false;                     // the rest of an input was not wanted
  bool output_abandoned_ = false;          // the run ended because the reader takes no more output
  std::optional<uint32_t> skipped_input_;  // the rest of this input is ignored: it has enough lines, or failed
  uint64_t long_lines_ = 0;
  uint64_t answers_ = 0;
  uint64_t folded_ = 0;
  uint64_t lines_before_block_ = 0;  // lines of the current input, for an exporter that needs line numbers
  LineCounter lines_;                // for the line numbers of faults
  std::vector<ipc::FaultReport> faults_;
  SpanFinder span_finder_;
  const std::unique_ptr<Printer> printer_;  // null: kept lines are written unchanged, exported, or only counted
  std::vector<InputCount> inputs_;
  uint32_t inputs_reached_ = 0;  // number of inputs up to that of the last block
  std::vector<StageCount> counts_;

  std::mutex failures_mutex_;
  std::vector<Failure> failures_;
  RunResult result_;
  std::thread main_thread_;
};

}  // namespace plughost
