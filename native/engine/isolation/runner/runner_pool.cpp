#include "engine/isolation/runner/runner_pool.hpp"

#include <algorithm>

#include "engine/isolation/rows/row_wire.hpp"
#include "engine/isolation/runner/ending_runners.hpp"
#include "engine/rows/fields.hpp"
#include "engine/rows/reading/row_reader.hpp"
#include "engine/stages/transform_stage.hpp"

namespace plughost::isolation {

using namespace ipc;

namespace {

// For headers and alignment. Address space that is not used costs nothing.
constexpr uint64_t kMinPayload = 1 << 20;
// A plugin that was restarted so often without one good answer is broken.
constexpr uint32_t kMaxRestarts = 40;

}  // namespace

struct RunnerPool::Member {
  std::mutex mutex;  // guards runner
  std::shared_ptr<RunnerHandle> runner;
};

StageFailure stop_for(FaultReport report) {
  report.verdict = Verdict::stopped;
  Failure failure{FailureKind::fault, report.label, report.fault.operation, report.fault.code, report.fault.message};
  failure.fault = std::make_shared<FaultReport>(std::move(report));
  return {std::move(failure)};
}

RunnerPool::RunnerPool(std::shared_ptr<const IsolatedPlugin> plugin, StageConfig config,
                       std::shared_ptr<FaultCount> faults)
    : plugin_(std::move(plugin)), config_(config), faults_(std::move(faults)) {}

RunnerPool::~RunnerPool() {
  EndingRunners own;
  EndingRunners &ending = config_.ending ? *config_.ending : own;
  for (const auto &member : members_)
    if (member->runner) ending.add(std::move(member->runner));
}

void RunnerPool::configure(const RunSetting &setting) {
  config_.stage = setting.stage;
  config_.blocks = setting.blocks;
  config_.ending = setting.ending;
  // The worst piece has lines of one byte each, or is a single line that a transform made of a whole block.
  const uint64_t lines = (sizeof(Range) + sizeof(Origin) + sizeof(NumberedLine)) * kMaxPiece;
  const uint64_t made = output_limit(setting.max_block);
  // A request about rows has the columns of a batch, and what a parser made for them. So has the answer of a parser.
  const uint64_t rows = config_.role >= Role::exporter ? columns_size(kMaxFields + 1, kLargeBatch) + made : 0;
  config_.max_payload = lines + std::max(kMaxPiece, made) + setting.max_block + kMinPayload + rows;
  config_.max_answer = std::max(lines + made + kMinPayload, kMaxEdge) + rows;
  while (members_.size() < setting.runners) members_.push_back(std::make_unique<Member>());
}

RunnerPool::Place RunnerPool::join() {
  const uint32_t number = joined_.fetch_add(1);
  const auto runners = static_cast<uint32_t>(members_.size());
  return {number % runners, number / runners % kSlots};
}

std::shared_ptr<RunnerHandle> RunnerPool::runner(Place place) {
  Member &member = *members_[place.runner];
  std::lock_guard lock(member.mutex);
  if (!member.runner) member.runner = start();
  return member.runner;
}

bool RunnerPool::forget(Place place, const std::shared_ptr<RunnerHandle> &lost) {
  Member &member = *members_[place.runner];
  std::lock_guard lock(member.mutex);
  if (member.runner != lost) return false;
  member.runner.reset();
  return true;
}

std::shared_ptr<RunnerHandle> RunnerPool::start() const {
  try {
    return start_runner(plugin_->spec, config_);
  } catch (NotStarted &failed) {
    FaultReport report;
    report.fault = std::move(failed.fault);
    report.label = plugin_->spec->label;
    throw stop_for(std::move(report));
  }
}

bool RunnerPool::allow_restart() { return restarts_.fetch_add(1) < kMaxRestarts; }

}  // namespace plughost::isolation
