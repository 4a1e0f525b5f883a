// Finds the lines that crash a plugin.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "engine/isolation/client/runner_client.hpp"
#include "engine/isolation/runner/runner_handle.hpp"
#include "ipc/fault.hpp"

namespace plughost::isolation {

// Repeats a request that lost its runner, in smaller and smaller parts, until every line was either answered or given
// up. Answers reach the sink in the order of the lines.
//
// For a linewise plugin it uses a runner that no other thread uses, so that no line of another thread is suspected. For
// other plugins it repeats the whole request once, on the shared runner, and then gives up all its lines.
class FaultBisector {
 public:
  // `first`: the fault that lost the runner. All references must outlive the object.
  FaultBisector(RunnerClient &client, const LineRequest &request, const Selection &in, ipc::Fault first);

  // Throws StageFailure when the run must end, StageCancelled, std::bad_alloc.
  void run();

 private:
  bool attempt(const LineRequest &request, const Selection &lines, uint64_t limit_ns);
  bool attempt(size_t from, size_t to, uint64_t limit_ns);
  bool resolve(size_t from, size_t to, bool known_bad);
  bool fails_alone(size_t line);
  void confirm(size_t line);
  void give_up(const Selection &lines);
  void report_together(const ipc::Fault &fault);
  std::optional<size_t> hinted_line(size_t from, size_t to);
  uint64_t search_limit_ns() const;
  Selection selection(size_t from, size_t to) const;

  RunnerClient &client_;
  const LineRequest &request_;
  const Selection &in_;
  ipc::Fault last_;
  const uint64_t limit_ns_;  // of one call
  bool hung_;                // some fault was a hang
  uint64_t spent_ns_ = 0;    // by all attempts
  std::shared_ptr<RunnerHandle> runner_;
  std::vector<Range> lines_;         // one range for each line of in_
  std::vector<size_t> tried_hints_;  // lines
};

}  // namespace plughost::isolation
