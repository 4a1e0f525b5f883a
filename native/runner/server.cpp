#include "runner/server.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "engine/isolation/spans_answer.hpp"
#include "engine/parts/run_stage.hpp"
#include "engine/stages/transform_stage.hpp"
#include "ipc/wire.hpp"
#include "os/cpu/float_mode.hpp"
#include "runner/tracer.hpp"

namespace plughost::runner {

using namespace ipc;

namespace {

void put_text(char *to, size_t size, const std::string &text) {
  std::memset(to, 0, size);
  std::memcpy(to, text.data(), std::min(text.size(), size - 1));
}

void put_failure(const Failure &failure, Result *result) {
  result->outcome = Outcome::failed;
  result->contract = failure.kind == FailureKind::contract;
  result->code = failure.code;
  result->offset = failure.offset;
  put_text(result->operation, sizeof result->operation, failure.operation);
  result->message_size = static_cast<uint32_t>(std::min(failure.message.size(), sizeof result->message));
  std::memcpy(result->message, failure.message.data(), result->message_size);
}

}  // namespace

Server::Server(Channel &channel, const LoadedPlugin &plugin)
    : channel_(channel),
      plugin_(plugin),
      stage_plugin_{channel.text(channel.requests().label), plugin.instance()},
      line_end_(channel.requests().crlf ? LineEnd::crlf_too : LineEnd::newline) {
  const Requests &requests = channel.requests();
  const auto shape = static_cast<Shape>(requests.shape);
  if (!is_known(shape) || static_cast<size_t>(requests.role) > kKindCount)
    throw Refused{Refusal::version, 0, "the host asks for a stage that this runner does not know"};
  try {
    if (requests.role != Role::control) {
      RunStage stage = make_direct_stage(requests.role, stage_plugin_, plugin.struct_of_kind(requests.role),
                                         {.invert = requests.invert != 0, .shape = shape, .line_end = line_end_});
      if (auto *lines = std::get_if<std::unique_ptr<LineStage>>(&stage)) stage_ = std::move(*lines);
      if (auto *output = std::get_if<std::unique_ptr<ExportStage>>(&stage)) export_stage_ = std::move(*output);
      if (auto *parser = std::get_if<std::unique_ptr<Parser>>(&stage))
        rows_.emplace(channel_, std::move(*parser), line_end_);
      if (auto *folds = std::get_if<std::unique_ptr<Aggregator>>(&stage))
        rows_.emplace(channel_, std::move(*folds), line_end_);
      if (auto *filter = std::get_if<std::unique_ptr<RowFilter>>(&stage))
        rows_.emplace(channel_, std::move(*filter), line_end_);
    }
    if (export_stage_) {
      exporter_ = export_stage_->worker();
      rows_.emplace(channel_, *exporter_, line_end_);
    }
    if (stage_) worker_ = stage_->worker(requests.stage);
  } catch (const StageFailure &thrown) {
    const Failure &failure = thrown.failure;
    throw Refused{failure.kind == FailureKind::contract ? Refusal::contract : Refusal::failed, failure.code,
                  failure.operation + ": " + failure.message};
  }
}

void Server::serve() {
  for (uint32_t slot; channel_.next_request(&slot);) {
    const Request request = channel_.requests().requests[slot];
    auto &results = channel_.results();
    results.current.store(request.sequence, std::memory_order_release);
    channel_.set_state(State::calling);
    answer(slot, request);
    set_bytes_in_work(nullptr, 0);
    channel_.set_state(State::ready);
    results.current.store(0, std::memory_order_release);
    channel_.publish(slot, request.sequence);
    // The plugin returned PLUG_ERROR_PANIC and must not be called any more. The host kills this process.
    while (*stage_plugin_.broken) pause();
  }
}

void Server::answer(uint32_t slot, const Request &request) {
  Result &result = channel_.results().results[slot];
  result.outcome = Outcome::done;
  result.kept = result.ranges = result.origins = 0;
  result.bytes = 0;
  result.contract = 0;
  const std::atomic<uint32_t> &cancel = channel_.requests().cancel;
  const plug_ctx ctx{sizeof(plug_ctx), request.worker, reinterpret_cast<const uint32_t *>(&cancel),
                     request.deadline_ns};
  out_.clear();
  count_ = {};
  const bool has_lines = request.ranges > 0;
  bytes_.restart(request.operation == Operation::run ? kMaxText
                 : has_lines                         ? output_limit(request.block_size)
                                                     : kMaxEdge);
  bool written = false;
  try {
    const auto payload = channel_.payload(slot).first(request.payload_size);
    if (!is_known(request.operation))
      throw Refused{Refusal::version, 0, "the host asks for an operation that this runner does not know"};
    switch (request.operation) {
      case Operation::run:
        run(ctx);
        break;
      case Operation::match:
        match(payload, &result);
        break;
      case Operation::apply:
        unpack(request, payload);
        worker_->apply(request_.content(), ctx, request_.lines(), &out_, &count_);
        break;
      case Operation::begin:
        exporter_->begin(ctx, &bytes_);
        break;
      case Operation::write:
        unpack(request, payload);
        exporter_->write(request_.content(), ctx, request_.lines(), &bytes_, &count_);
        break;
      case Operation::end:
        exporter_->end(ctx, &bytes_);
        break;
      case Operation::spans:
        unpack(request, payload);
        find_spans(ctx);
        break;
      case Operation::names:
        put_names(payload);
        break;
      case Operation::parse:
        unpack(request, payload);
        result.bytes = rows_->parse(request_, ctx, channel_.answer(slot));
        written = true;
        break;
      case Operation::keep:
        unpack(request, payload);
        rows_->keep(request_, ctx, &bytes_);
        break;
      case Operation::begin_rows:
        unpack(request, payload);
        rows_->begin_rows(request_, ctx, &bytes_);
        break;
      case Operation::write_rows:
        unpack(request, payload);
        rows_->write_rows(request_, ctx, &bytes_);
        break;
      case Operation::restart:
        rows_->restart(payload);
        break;
      case Operation::update:
        unpack(request, payload);
        rows_->update(request_, ctx, &bytes_);
        break;
      case Operation::serialize:
        rows_->serialize(payload, &bytes_);
        break;
      case Operation::merge:
        rows_->merge(payload);
        break;
      case Operation::finish:
        rows_->finish(payload, ctx, &bytes_);
        break;
    }
    if (!written) write_answer(slot, &result);
  } catch (const StageFailure &thrown) {
    put_failure(thrown.failure, &result);
  } catch (const StageCancelled &thrown) {
    result.outcome = Outcome::cancelled;
    put_text(result.operation, sizeof result.operation, thrown.operation);
  } catch (const std::bad_alloc &) {
    result.outcome = Outcome::no_memory;
  }
  result.lines_in = count_.lines_in;
  result.lines_changed = count_.lines_changed;
}

void Server::run(const plug_ctx &ctx) {
  CallError error;
  const FloatMode mode;
  const int32_t status = plugin_.calls().run(plugin_.instance(), &ctx, bytes_.address(), error.address());
  mode.restore();
  throw_if_refused(stage_plugin_, "run", bytes_);
  if (status < 0) error.raise(stage_plugin_, "run", status);
  if (status > 0) raise_contract(stage_plugin_, "run", no_such_status(status));
}

void Server::match(std::span<const uint8_t> line, Result *result) {
  const auto calls = plugin_.calls<plug_filter>();
  if (!matcher_) matcher_ = std::make_unique<WorkerState>(stage_plugin_, calls);
  set_bytes_in_work(line.data(), line.size());
  const FloatMode mode;
  const int32_t kept = calls.match(plugin_.instance(), matcher_->get(), line.data(), line.size());
  mode.restore();
  if (kept < 0) CallError().raise(stage_plugin_, "match", kept);
  if (kept > 1) raise_contract(stage_plugin_, "match", no_such_answer(kept));
  result->kept = static_cast<uint32_t>(kept);
}

void Server::unpack(const Request &request, std::span<const uint8_t> payload) {
  request_.unpack(channel_, request, payload);
  set_bytes_in_work(request_.block().data(), request_.block().size());
}

void Server::find_spans(const plug_ctx &ctx) {
  batches_.each(request_.content(), request_.lines(), line_end_, [&](const plug_lines &lines, uint32_t text) {
    spans_.clear();
    worker_->find_spans(request_.content(), ctx, lines, text, LineKind::kept, &spans_);
    for (uint32_t i = 0; i < lines.count; i++) isolation::put_spans(spans_.of(i), &bytes_.buffer());
  });
}

void Server::put_names(std::span<const uint8_t> payload) {
  Role kind{};
  std::memcpy(&kind, payload.data(), std::min(payload.size(), sizeof kind));
  const RunStage stage = make_direct_stage(kind, stage_plugin_, plugin_.struct_of_kind(kind), {});
  bytes_.buffer().put(isolation::text_of_names(names_of(stage)));
}

// Writes what the stage made into the answer: kept ranges, bytes, origins.
void Server::write_answer(uint32_t slot, Result *result) {
  Packer to(channel_.answer(slot));
  to.put(std::span<const Range>(out_.ranges()));
  result->ranges = static_cast<uint32_t>(out_.ranges().size());
  std::span<const uint8_t> bytes = bytes_.buffer().bytes();
  std::span<const Origin> origins;
  if (channel_.requests().role == Role::transform) {
    const Arena &arena = request_.content().arenas[channel_.requests().stage];
    bytes = arena.sink.buffer().bytes();
    origins = arena.origins;
  }
  to.put(bytes);
  result->bytes = bytes.size();
  to.put(origins);
  result->origins = static_cast<uint32_t>(origins.size());
}

}  // namespace plughost::runner
