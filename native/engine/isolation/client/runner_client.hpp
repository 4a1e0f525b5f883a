// One thread's access to the runners of a stage.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "engine/isolation/client/answer_sink.hpp"
#include "engine/isolation/client/fault_reporter.hpp"
#include "engine/isolation/client/pack_request.hpp"
#include "engine/isolation/client/request_extra.hpp"
#include "engine/isolation/client/text_windows.hpp"
#include "engine/isolation/runner/runner_pool.hpp"
#include "engine/stages/stage.hpp"
#include "ipc/fault.hpp"

namespace plughost::isolation {

// How often a call is repeated because its process was killed from outside, which is no fault of the plugin.
constexpr int kMaxKills = 40;
// How often in a row the plugin itself may end its process in a call without lines.
constexpr int kMaxFaults = 2;
inline bool was_killed(const ipc::Fault &fault) { return fault.kind == ipc::FaultKind::kill && !fault.at_memory_limit; }

// Counts the processes that were lost in a row.
class Losses {
 public:
  // Counts one more. Returns whether the call may be made again.
  bool allow_retry(const ipc::Fault &fault) {
    return was_killed(fault) ? ++kills_ <= kMaxKills : ++faults_ < kMaxFaults;
  }
  void reset() { kills_ = faults_ = 0; }

 private:
  int kills_ = 0;   // by somebody outside
  int faults_ = 0;  // by the plugin
};

// A call without lines.
struct BareCall {
  ipc::Request request;
  RequestExtra *extra;  // what goes with it; null: nothing
};

// A request about lines, without the lines.
struct LineRequest {
  ipc::Operation operation;
  Content &content;
  const plug_ctx &ctx;
  const AnswerSink &sink;
  StageCount *count;
  RequestExtra *extra = nullptr;  // what goes with the lines; null: nothing
  // The call that makes a state before each attempt in a runner that no other thread uses; null: it needs none.
  const BareCall *begin = nullptr;
};

// Sends requests and checks the answers. When the plugin fails, finds the lines that caused it with a FaultBisector, so
// that every other line is answered exactly once.
class RunnerClient {
 public:
  // `linewise`: the plugin handles each line independently. `function`: as in FaultReporter. The pool and the plugin
  // must outlive the client.
  RunnerClient(RunnerPool &pool, const StagePlugin &plugin, bool linewise, const char *function);

  // Sends lines and passes the answers to the request's sink, in order. Throws StageFailure, StageCancelled,
  // std::bad_alloc.
  void work(const LineRequest &request, const Selection &in);

  // As work(), for a plugin whose state must not be lost: a fault ends the run, and no line is sent twice.
  void work_or_stop(const LineRequest &request, const Selection &in);

  // Makes a call without lines, with `extra` if it is not null, and appends its output to *out. If the runner is lost
  // and the call is `repeatable`, repeats it as often as Losses allows.
  // Throws as work() does.
  void call(ipc::Operation operation, const plug_ctx &ctx, bool repeatable, MemorySink *out,
            RequestExtra *extra = nullptr);

  struct Attempt {
    std::optional<ipc::Fault> fault;  // nothing: the answer was valid, and the sink took it
    uint64_t spent_ns = 0;            // of the time limit
  };

  // For a plugin whose state is in its process, and is made again in another process:

  // Makes a call once, as call() does. Returns the fault when the runner is lost.
  std::optional<ipc::Fault> try_call(const BareCall &call, const plug_ctx &ctx, MemorySink *out);
  // The last request about lines to the shared runner. Its payload is valid until the next request.
  struct Sent {
    PackedRequest packed;
    std::span<const uint8_t> payload;
  };
  Sent last_sent() { return {sent_, pool_.runner(place_)->payload(place_.slot, sent_.request.payload_size)}; }
  // Finds the lines that cost the runner, with the fault `first`, and gives them up. The sink takes the others.
  void find_faults(const LineRequest &request, const Selection &in, ipc::Fault first);
  // As FaultReporter::stop(), for a call without lines.
  [[noreturn]] void stop_call(ipc::Operation operation, const ipc::Fault &fault, const char *reason) const {
    reporter_.stop(fault, operation, nullptr, nullptr, reason);
  }

  // The rest is for FaultBisector, too.

  // Returns a runner that no other thread uses. Throws StageFailure.
  std::shared_ptr<RunnerHandle> start_own() const { return pool_.start(); }
  // Returns whether the plugin failed when it made its state, before it got lines, so that the request must be sent
  // again. Throws StageFailure when that happened too often in a row.
  bool failed_without_lines(const LineRequest &request, const ipc::Fault &fault);
  // Asks such a runner.
  Attempt attempt_on(RunnerHandle &own, const LineRequest &request, const Selection &in, uint64_t limit_ns);
  // Asks the shared runner, which is replaced when it is lost.
  Attempt attempt_on_shared(const LineRequest &request, const Selection &in, uint64_t limit_ns);

  bool linewise() const { return linewise_; }
  OnFault on_fault() const { return pool_.plugin().on_fault; }
  bool allow_fault() { return pool_.allow_fault(); }
  uint64_t call_limit_ns() const { return pool_.plugin().spec->call_ns; }
  uint64_t longest_call_ns() const { return longest_ns_; }
  // As in FaultReporter.
  void report(const LineRequest &request, const ipc::Fault &fault, ipc::Verdict verdict, const Selection *lines,
              const char *reason = "") const;
  [[noreturn]] void stop(const LineRequest &request, const ipc::Fault &fault, const Selection *lines,
                         const char *reason) const;

 private:
  void work_on_piece(const LineRequest &request, const Selection &in);
  void replace(const std::shared_ptr<RunnerHandle> &lost, const LineRequest &request);
  bool ask(RunnerHandle &runner, uint32_t slot, const LineRequest &request, const Selection &in, uint64_t limit_ns);
  const char *check_sizes(const AnswerHeader &header, const LineRequest &request, const Selection &in) const;
  const char *take(const RunnerHandle &runner, const AnswerHeader &header, const LineRequest &request,
                   const Selection &in) const;
  bool send(RunnerHandle &runner, uint32_t slot, BareCall call, const plug_ctx &ctx, MemorySink *out);
  bool succeeded(RunnerHandle &runner, uint32_t slot, const AnswerHeader &header, const Content *content);

  RunnerPool &pool_;
  const StagePlugin &plugin_;
  const FaultReporter reporter_;
  const bool linewise_;
  const RunnerPool::Place place_;
  uint64_t longest_ns_ = 0;  // time of the longest call that went well
  uint32_t misses_ = 0;      // runners lost in a row while they worked for another thread
  Losses stateless_;         // runners lost in a row while the plugin made its state
  TextWindows windows_;      // of the last request
  PackedRequest sent_{};     // the last one about lines
  std::string cancelled_;    // the plugin's function that returned early, for StageCancelled
};

}  // namespace plughost::isolation
