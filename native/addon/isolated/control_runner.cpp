#include "addon/isolated/control_runner.hpp"

#include <algorithm>
#include <cstring>
#include <stdexcept>
#include <utility>

#include "addon/isolated/fault_object.hpp"
#include "engine/isolation/runner/ending_runners.hpp"
#include "engine/isolation/runner/runner_pool.hpp"
#include "engine/plugin/context.hpp"
#include "engine/rows/fields.hpp"
#include "engine/stages/plugin_call.hpp"

namespace plughost::addon {

using namespace ipc;
using namespace isolation;

namespace {

// How often a process is asked for the names of columns, if it is killed.
constexpr int kNamesAttempts = 8;

// The plug status of a call that was not done.
int32_t status_of(const CallResult &result) {
  if (result.outcome == Outcome::cancelled) return PLUG_ERROR_CANCELLED;
  return result.outcome == Outcome::no_memory ? PLUG_ERROR_NOMEM : result.code;
}

Request request_for(Operation operation) {
  Request request{};
  request.operation = operation;
  request.block_at = kInPayload;
  return request;
}

CallResult ask(RunnerHandle &runner, const Request &request, uint64_t max_bytes, const plug_ctx &ctx,
               uint64_t limit_ns) {
  CallResult result;
  if (!runner.ask(0, request, ctx, limit_ns)) {
    result.fault = runner.fault();
    return result;
  }
  const auto answer = runner.answer(0);
  result.outcome = answer.outcome;
  result.contract = answer.contract;
  result.code = answer.code;
  result.operation = answer.operation;
  result.message = answer.message;
  result.kept = answer.kept;
  if (!answer.possible || answer.bytes > std::min<uint64_t>(max_bytes, answer.payload.size())) {
    runner.blame(0, FaultKind::violation, "",
                 answer.possible ? "it made more than is allowed" : "its answer has a value that there is not");
    result.fault = runner.fault();
  } else if (answer.outcome == Outcome::done) {
    runner.copy(answer.payload.first(answer.bytes), &result.bytes);
  }
  return result;
}

}  // namespace

Napi::Object object_of(Napi::Env env, const CallResult &result) {
  auto object = Napi::Object::New(env);
  if (result.fault) {
    object["fault"] = object_of(env, *result.fault);
  } else if (result.outcome == Outcome::done) {
    const auto bytes = result.bytes.bytes();
    object["bytes"] = Napi::Buffer<uint8_t>::Copy(env, bytes.data(), bytes.size());
    object["kept"] = result.kept;
  } else {
    object["code"] = status_of(result);
    object["contract"] = result.contract;
    object["operation"] = result.operation;
    object["message"] = result.message;
  }
  return object;
}

RunnerHandle &ControlRunner::runner() {
  if (!runner_ || runner_->lost()) {
    if (ended_) throw std::runtime_error("the plugin has ended");
    const StageConfig config{.role = Role::control, .max_payload = kMaxMatchLine, .max_answer = kMaxText};
    runner_ = start_runner(plugin_->spec, config);
  }
  return *runner_;
}

void ControlRunner::start() { plugin_->description = runner().description(); }

CallResult ControlRunner::call(const std::function<Request(RunnerHandle &)> &prepare, uint64_t max_bytes,
                               const plug_ctx &ctx) {
  CallResult result;
  try {
    RunnerHandle &runner = this->runner();
    result = ask(runner, prepare(runner), max_bytes, ctx, plugin_->spec->call_ns);
  } catch (const NotStarted &failed) {
    result.fault = failed.fault;
  }
  // Frees the memory of a lost process now, because the next call may come late or never.
  if (runner_ && runner_->lost()) runner_.reset();
  return result;
}

CallResult ControlRunner::run(const plug_ctx &ctx) {
  return call([](RunnerHandle &) { return request_for(Operation::run); }, kMaxText, ctx);
}

CallResult ControlRunner::match(std::span<const uint8_t> line) {
  const CancelWord never_cancelled;
  return call(
      [line](RunnerHandle &runner) {
        Request request = request_for(Operation::match);
        request.payload_size = line.size();
        if (!line.empty()) std::memcpy(runner.payload(0, line.size()).data(), line.data(), line.size());
        return request;
      },
      0, never_cancelled.context(0));
}

const NamedColumns &ControlRunner::names(Role kind) {
  const auto known = names_.find(kind);
  if (known != names_.end()) return known->second;
  const CancelWord never_cancelled;
  const auto ask_once = [&] {
    return call(
        [kind](RunnerHandle &runner) {
          Request request = request_for(Operation::names);
          request.payload_size = sizeof kind;
          std::memcpy(runner.payload(0, sizeof kind).data(), &kind, sizeof kind);
          return request;
        },
        kMaxText, never_cancelled.context(0));
  };
  CallResult result = ask_once();
  // Somebody else may have killed the process. The names do not depend on what it knew.
  for (int left = kNamesAttempts; left > 1 && result.fault && result.fault->kind == FaultKind::kill; left--)
    result = ask_once();
  const std::string &label = plugin_->spec->label;
  const auto fail = [&](Fault fault) {
    FaultReport report;
    report.fault = std::move(fault);
    report.label = label;
    throw stop_for(std::move(report));
  };
  if (result.fault) {
    if (result.fault->operation.empty() && result.fault->state == State::calling)
      result.fault->operation = kind == Role::aggregator ? "column, output or revision"
                                : kind == Role::parser   ? "field"
                                                         : "column";
    fail(*result.fault);
  }
  if (result.outcome != Outcome::done)
    throw StageFailure{{result.contract ? FailureKind::contract : FailureKind::plugin, label, result.operation,
                        status_of(result), result.message}};
  const auto bytes = result.bytes.bytes();
  auto names = names_of_text({reinterpret_cast<const char *>(bytes.data()), bytes.size()});
  if (!names || (kind == Role::parser && broken_rule_of_columns(names->columns))) {
    Fault fault;
    fault.kind = FaultKind::violation;
    fault.state = State::calling;
    fault.message = "the columns that it names cannot be";
    fail(std::move(fault));
  }
  return names_.emplace(kind, std::move(*names)).first->second;
}

void ControlRunner::end() {
  if (runner_) EndingRunners().add(std::move(runner_));
  auto spec = std::make_shared<RunnerSpec>(*plugin_->spec);
  spec->needed.clear();
  spec->library.copy.reset();
  spec->folder.reset();
  // Stages of a run may still hold the plugin as it was.
  plugin_ = std::make_shared<IsolatedPlugin>(*plugin_);
  plugin_->spec = std::move(spec);
  ended_ = true;
}

}  // namespace plughost::addon
