// One thread's way to a runner: asks, checks what comes back, and when the plugin does not survive finds out which
// lines it was, so that every other line is worked on exactly once.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/isolation/pieces.hpp"
#include "engine/isolation/worker_process.hpp"
#include "engine/lines/content.hpp"
#include "engine/lines/selection.hpp"
#include "engine/stages/stage.hpp"
#include "ipc/wire.hpp"

namespace plughost::isolation {

// A copy of an answer about lines.
struct Answer {
  std::vector<Range> ranges;
  std::span<const uint8_t> bytes;  // behind those that were made before
  std::vector<Origin> origins;
};

// What is done with answers.
struct AnswerSink {
  ipc::Role role;
  // Where the bytes that it makes go, and how many may be there; null: what it makes is not wanted.
  ByteBuffer *bytes;
  uint64_t limit;
  // Checks the copy and adds it behind what was taken before. Gives the rule that it breaks, and then nothing of it was
  // taken.
  std::function<const char *(const Selection &in, const Answer &made)> take;
  // Adds lines as they are, because the plugin did not survive them and the user wants them all the same.
  std::function<void(const Selection &lines)> keep;
  // They are kept whatever the user wants of such lines: the plugin was asked for no more than something about them.
  bool keeps_always = false;
};

class RunnerClient {
 public:
  // `linewise`: what the plugin says of a line depends on that line alone. `function`: what it is asked, for people,
  // where the operation does not say it.
  RunnerClient(WorkerProcess &process, const StagePlugin &plugin, bool linewise, const char *function);

  // Throws StageFailure, StageCancelled, std::bad_alloc.
  void work(ipc::Operation operation, Content &content, const plug_ctx &ctx, const Selection &in,
            const AnswerSink &taker, StageCount *count);

  // A call without lines, whose bytes go to *out; once more when the runner is lost, if it may be `again`.
  void call(ipc::Operation operation, const plug_ctx &ctx, bool again, MemorySink *out);

 private:
  class FaultBisector;

  void work_on(const Selection &in);
  bool attempt(RunnerHandle &runner, uint32_t slot, const Selection &in, uint64_t limit_ns);
  ipc::Request pack(RunnerHandle &runner, uint32_t slot, const Selection &in);
  const char *too_large(const RunnerHandle::AnswerHeader &answer, const Selection &in) const;
  const char *copy(const RunnerHandle &runner, const RunnerHandle::AnswerHeader &answer, const Selection &in) const;
  bool usable(RunnerHandle &runner, uint32_t slot, const RunnerHandle::AnswerHeader &answer);
  void report(const ipc::Fault &fault, ipc::Verdict verdict, const Selection *lines);
  void lose(const std::shared_ptr<RunnerHandle> &runner);
  [[noreturn]] void stop(const ipc::Fault &fault, const Selection *lines, const char *reason);
  ipc::FaultReport report_of(const ipc::Fault &fault, ipc::Verdict verdict, const Selection *lines) const;

  WorkerProcess &process_;
  const StagePlugin &plugin_;
  const bool linewise_;
  const char *const function_;
  const uint32_t slot_;
  uint64_t longest_ns_ = 0;  // of the calls that went well
  uint32_t misses_ = 0;      // runners that were lost in a row, none of them for what this thread asked

  // Of the call in work.
  ipc::Operation operation_ = ipc::Operation::apply;
  Content *content_ = nullptr;
  const plug_ctx *ctx_ = nullptr;
  const AnswerSink *taker_ = nullptr;
  StageCount *count_ = nullptr;
  Windows windows_;        // of the texts, in the last request
  std::string cancelled_;  // the plugin's function that gave up
};

}  // namespace plughost::isolation
