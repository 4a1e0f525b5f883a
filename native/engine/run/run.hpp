// A run: inputs through stages to an output, on threads of its own.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/named_enum.hpp"
#include "engine/input/source.hpp"
#include "engine/isolation/block_pool.hpp"
#include "engine/lines/line_counter.hpp"
#include "engine/output/export_stage.hpp"
#include "engine/output/output.hpp"
#include "engine/output/printer.hpp"
#include "engine/plugin/context.hpp"
#include "engine/run/ordered_slots.hpp"
#include "engine/stages/span_finder.hpp"
#include "engine/stages/stage.hpp"
#include "ipc/fault.hpp"

namespace plughost {

struct RunSpec {
  std::vector<InputSpec> inputs;
  std::vector<std::unique_ptr<LineStage>> stages;  // in this order
  std::unique_ptr<ExportStage> exporter;
  Output *output = nullptr;  // must outlive the run; null: it only counts
  PrintSpec print;           // without an exporter
  bool continued = false;    // what an exporter writes before the lines is there already
  uint64_t limit = 0;        // kept lines after which the run has ended well; 0: none
  uint64_t input_limit = 0;  // kept lines after which no more is wanted of their input; 0: none
  unsigned workers = 0;      // 0: one for each core
  size_t block_size = 0;     // bytes; 0: the engine's choice
  size_t max_line = 0;       // bytes; 0: the engine's choice
  LongLines long_lines = LongLines::fail;
  std::function<void()> on_step;  // by threads of the run: more of a live input is done with; may be empty
};

// Counted in output order: at any time the state of a run over a shorter input.
struct Counters {
  uint64_t bytes = 0;    // of input
  uint64_t kept = 0;     // lines behind the last stage
  uint64_t written = 0;  // bytes
};

PLUGHOST_NAMED_ENUM(InputState,
                    unread,   // its turn did not come
                    refused,  // it could not be opened
                    read)     // it was read, to its end or in part

// What was done of one input.
struct InputCount {
  using State = InputState;

  State state = State::unread;  // its turn did not come; it could not be opened; or it was read, to its end or in part
  uint64_t bytes = 0;           // of it, as it is stored
  uint64_t kept = 0;            // lines behind the last stage
};

struct StageReport {
  std::string label;
  std::string shape;
  StageCount count;
};

struct RunResult {
  Counters counters;
  std::vector<InputCount> inputs;  // one for each of the spec
  uint32_t cancelled = PLUG_CANCEL_NONE;
  std::vector<Failure> failures;
  std::vector<ipc::FaultReport> faults;  // that the run survived, in the order of the lines
  unsigned workers = 0;
  uint64_t blocks = 0;
  uint64_t long_lines = 0;  // lines over the limit that were left out or cut
  uint64_t elapsed_ns = 0;
  std::vector<StageReport> stages;  // those of the spec, then the exporter if there is one
};

class Run {
 public:
  // Starts at once. `on_end` is called once, by a thread of the run, as its last act. Plugins and descriptors must
  // outlive the run. Throws std::system_error when there are no threads or pipes to be had.
  Run(RunSpec spec, std::function<void()> on_end);
  // Cancels and waits.
  ~Run();
  Run(const Run &) = delete;
  Run &operator=(const Run &) = delete;

  // [any]
  Counters progress() const;
  uint64_t total() const { return source_.total(); }
  // No further blocks, and the cancel word is raised; what is complete is still written. [any]
  void cancel(uint32_t reason);
  // After the end.
  const RunResult &result() const { return result_; }

 private:
  struct Worker;

  void conduct();
  void work(uint32_t index);
  void process(Worker &worker, Slot &slot);
  void pass(Worker &worker, Slot &slot);
  void ensure_locale(const StagePlugin &plugin, const Content &content) const;
  void prepare_output(Worker &worker, Slot &slot);
  void make_context(Worker &worker, Slot &slot);
  void use_worker_for_spans(Worker &worker, Slot &slot);
  void consume(Worker &worker, Slot &slot);
  void take(Worker &worker, Slot &slot);
  void write(Worker &worker, Slot &slot, bool has_all);
  void take_faults(Slot &slot);
  void place(const Block &block, ipc::FaultReport *report);
  void count_bytes(const Block &block);
  uint64_t lines_wanted(const InputCount &input) const;
  void skip_input(uint32_t input);
  void be_satisfied();
  void keep_first(Worker &worker, Slot &slot, uint64_t lines);
  void export_again(Worker &worker, Slot &slot);
  void guarded(Slot *slot, const std::function<void()> &step);
  void report(Failure failure);
  void fail(Failure failure);

  const RunSpec spec_;
  const std::function<void()> on_end_;
  const std::string locale_;    // at the start
  const bool isolated_;         // some stage is
  const bool transforms_;       // some stage does
  const bool exports_in_turn_;  // one state of the exporter sees all lines in order
  const unsigned workers_;
  const std::unique_ptr<isolation::BlockPool> pool_;  // null: no stage is isolated
  CancelWord cancel_;
  std::atomic<uint32_t> asked_{PLUG_CANCEL_NONE};
  Source source_;
  OrderedSlots slots_;
  std::unique_ptr<ExportWorker> exporter_;  // writes what comes before and after the lines, and those that need order
  MemorySink edge_;                         // its output

  std::atomic<uint64_t> bytes_{0}, kept_{0}, written_{0}, blocks_{0};
  bool ended_ = false;                      // used in order only: nothing more is written
  bool satisfied_ = false;                  // likewise: because no more is wanted
  bool output_left_ = false;                // likewise: because nobody takes the output, and it was to end
  std::optional<uint32_t> left_;            // likewise: the input of which nothing more is wanted, or believed
  uint64_t long_lines_ = 0;                 // likewise
  uint64_t lines_before_ = 0;               // likewise: in the current input, for an exporter that asks for numbers
  LineCounter lines_;                       // likewise: for the places of faults
  std::vector<ipc::FaultReport> faults_;    // likewise
  SpanFinder span_finder_;                  // likewise
  const std::unique_ptr<Printer> printer_;  // likewise; null: lines go out just as they are
  std::vector<InputCount> inputs_;          // likewise
  uint32_t reached_ = 0;                    // likewise: inputs up to that of the last block
  std::vector<StageCount> counts_;
  std::mutex failures_mutex_;
  std::vector<Failure> failures_;
  RunResult result_;
  std::thread conductor_;
};

}  // namespace plughost
