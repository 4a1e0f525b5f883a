#include "runner/server.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "engine/isolation/spans_answer.hpp"
#include "engine/output/run_stage.hpp"
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
      used_{channel.text(channel.requests().label), plugin.instance()},
      line_end_(channel.requests().crlf ? LineEnd::crlf_too : LineEnd::newline) {
  const Requests &requests = channel.requests();
  const auto shape = static_cast<Shape>(requests.shape);
  if (!is_known(shape) || static_cast<size_t>(requests.role) > kKindCount)
    throw Refused{Refusal::version, 0, "the host asks for a stage that this runner does not know"};
  try {
    if (requests.role != Role::control) {
      RunStage stage = make_direct_stage(requests.role, used_, plugin.struct_of_kind(requests.role),
                                         {.invert = requests.invert != 0, .shape = shape, .line_end = line_end_});
      if (auto *lines = std::get_if<std::unique_ptr<LineStage>>(&stage)) stage_ = std::move(*lines);
      if (auto *output = std::get_if<std::unique_ptr<ExportStage>>(&stage)) export_stage_ = std::move(*output);
    }
    if (export_stage_) exporter_ = export_stage_->worker();
    if (stage_) worker_ = stage_->worker(requests.stage);
  } catch (const StageFailure &thrown) {
    const Failure &failure = thrown.failure;
    throw Refused{failure.kind == FailureKind::contract ? Refusal::contract : Refusal::failed, failure.code,
                  failure.operation + ": " + failure.message};
  }
}

void Server::serve() {
  for (uint32_t slot; channel_.wait(&slot);) {
    const Request request = channel_.requests().requests[slot];
    auto &results = channel_.results();
    results.current.store(request.sequence, std::memory_order_release);
    channel_.set_state(State::calling);
    answer(slot, request);
    lend(nullptr, 0);
    channel_.set_state(State::ready);
    results.current.store(0, std::memory_order_release);
    channel_.publish(slot, request.sequence);
    // A plugin that broke is called no more. The host, which now knows, ends this process.
    while (*used_.broken) pause();
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
  made_.restart(request.operation == Operation::write ? output_limit(request.block_size)
                : request.operation == Operation::run ? kMaxText
                                                      : kMaxEdge);
  try {
    const auto payload = channel_.payload(slot).first(request.payload_size);
    if (!is_known(request.operation))
      throw Refused{Refusal::version, 0, "the host asks for an operation that this runner does not know"};
    switch (request.operation) {
      case Operation::run:
        run(ctx);
        break;
      case Operation::match:
        match(request, payload, &result);
        break;
      case Operation::apply:
        unpack(request, payload);
        worker_->apply(content_, ctx, in_, &out_, &count_);
        break;
      case Operation::begin:
        exporter_->begin(ctx, &made_);
        break;
      case Operation::write:
        unpack(request, payload);
        exporter_->write(content_, ctx, in_, &made_, &count_);
        break;
      case Operation::end:
        exporter_->end(ctx, &made_);
        break;
      case Operation::spans:
        unpack(request, payload);
        find_spans(ctx);
        break;
    }
    give(slot, &result);
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
  const int32_t status = plugin_.calls().run(plugin_.instance(), &ctx, made_.address(), error.address());
  mode.restore();
  throw_if_refused(used_, "run", made_);
  if (status < 0) error.raise(used_, "run", status);
  if (status > 0) raise_contract(used_, "run", no_such_status(status));
}

void Server::match(const Request &, std::span<const uint8_t> line, Result *result) {
  const auto calls = plugin_.calls<plug_filter>();
  if (!matcher_) matcher_ = std::make_unique<WorkerState>(used_, calls);
  lend(line.data(), line.size());
  const FloatMode mode;
  const int32_t kept = calls.match(plugin_.instance(), matcher_->get(), line.data(), line.size());
  mode.restore();
  if (kept < 0) CallError().raise(used_, "match", kept);
  if (kept > 1) raise_contract(used_, "match", no_such_answer(kept));
  result->kept = static_cast<uint32_t>(kept);
}

// Where in the lines of the selection the filter finds what it looks for.
void Server::find_spans(const plug_ctx &ctx) {
  batches_.each(content_, in_, line_end_, [&](const plug_lines &lines, uint32_t text) {
    spans_.clear();
    worker_->find_spans(content_, ctx, lines, text, LineKind::kept, &spans_);
    for (uint32_t i = 0; i < lines.count; i++) isolation::put_spans(spans_.of(i), &made_.buffer());
  });
}

// Builds the block and the texts as they are in the host.
void Server::unpack(const Request &request, std::span<const uint8_t> payload) {
  Unpacker from(payload);
  std::vector<Range> ranges;
  from.take(request.ranges, &ranges);
  in_.clear();
  for (const Range &range : ranges) in_.add_uncounted(range);
  const size_t texts = std::max(request.texts, channel_.requests().stage + 1);
  if (content_.arenas.size() != texts) content_.arenas = std::vector<Arena>(texts);
  for (uint32_t i = 0; i < request.texts; i++) {
    content_.arenas[i].restart(UINT32_MAX);
    const auto head = from.take_one<TextHead>();
    const auto bytes = from.take(head.bytes);
    if (!content_.arenas[i].sink.buffer().append(bytes.data(), bytes.size())) throw std::bad_alloc();
    from.take(head.origins, &content_.arenas[i].origins);
  }
  content_.first_number = request.first_number;
  content_.numbered.clear();
  from.take(request.numbered, &content_.numbered);
  const auto name = from.take(request.name_size);
  content_.name = {reinterpret_cast<const char *>(name.data()), name.size()};
  const auto block = request.block_at == kInPayload ? from.take(request.block_size)
                                                    : channel_.blocks().subspan(request.block_at, request.block_size);
  lent_.bytes = block;
  content_.block.buffer = PageBuffer(&lent_);
  content_.block.buffer.grow(block.size());
  content_.block.begin = 0;
  content_.block.end = block.size();
  content_.block.offset = request.block_offset;
  content_.block.input = request.block_input;
  lend(block.data(), block.size());
}

void Server::give(uint32_t slot, Result *result) {
  Packer to(channel_.answer(slot));
  to.put(std::span<const Range>(out_.ranges()));
  result->ranges = static_cast<uint32_t>(out_.ranges().size());
  std::span<const uint8_t> made = made_.buffer().bytes();
  std::span<const Origin> origins;
  if (channel_.requests().role == Role::transform) {
    const Arena &arena = content_.arenas[channel_.requests().stage];
    made = arena.sink.buffer().bytes();
    origins = arena.origins;
  }
  to.put(made);
  result->bytes = made.size();
  to.put(origins);
  result->origins = static_cast<uint32_t>(origins.size());
}

}  // namespace plughost::runner
