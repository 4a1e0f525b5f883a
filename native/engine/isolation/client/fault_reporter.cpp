#include "engine/isolation/client/fault_reporter.hpp"

#include <algorithm>
#include <utility>

#include "engine/isolation/runner/runner_pool.hpp"
#include "engine/lines/lines.hpp"

namespace plughost::isolation {

using namespace ipc;

namespace {

// Bytes of a line that a report quotes.
constexpr size_t kMaxQuote = 80;

}  // namespace

void FaultReporter::report(const Fault &fault, Verdict verdict, Operation operation, Content *content,
                           const Selection *lines, const char *reason) const {
  FaultReport report = describe(fault, verdict, operation, content, lines);
  report.reason = reason;
  content->faults.push_back(std::move(report));
}

void FaultReporter::stop(const Fault &fault, Operation operation, const Content *content, const Selection *lines,
                         const char *reason) const {
  FaultReport report = describe(fault, Verdict::stopped, operation, content, lines);
  report.reason = reason;
  throw stop_for(std::move(report));
}

// Returns the plugin's function that a request calls.
std::string FaultReporter::function_of(Operation operation) const {
  switch (operation) {
    case Operation::begin:
    case Operation::write:
    case Operation::end:
    case Operation::spans:
    case Operation::serialize:
    case Operation::merge:
    case Operation::finish:
      return name_of(operation);
    case Operation::restart:
      return "state_new";
    case Operation::begin_rows:
      return "begin_rows";
    case Operation::write_rows:
      return "write_rows";
    default:
      return function_;
  }
}

FaultReport FaultReporter::describe(const Fault &fault, Verdict verdict, Operation operation, const Content *content,
                                    const Selection *lines) const {
  FaultReport report;
  report.fault = fault;
  if (fault.operation.empty() && fault.state == State::calling) report.fault.operation = function_of(operation);
  // Of these two the process does not say which.
  if (fault.state == State::preparing && operation == Operation::parse) report.fault.operation = "state_new or want";
  report.label = plugin_.label;
  report.verdict = verdict;
  if (!content) return report;
  const Block &block = content->block;
  report.input = block.input;
  if (!lines || lines->ranges().empty()) return report;
  const Range first = lines->ranges().front();
  const auto text = content->text(first.text);
  report.located = true;
  report.offset = content->input_offset(first.text, first.begin);
  report.line = count_lines(block.data(), report.offset - block.offset) + 1;
  report.length = lines->bytes();
  for (const Range &range : lines->ranges())
    report.lines += count_lines(content->text(range.text).data() + range.begin, range.end - range.begin);
  report.text.assign(reinterpret_cast<const char *>(text.data()) + first.begin,
                     std::min<size_t>(first.end - first.begin, kMaxQuote));
  return report;
}

}  // namespace plughost::isolation
