#include "engine/isolation/rows/state_client.hpp"

#include <algorithm>
#include <cstring>
#include <functional>
#include <new>
#include <utility>

#include "engine/isolation/client/answer_sink.hpp"
#include "engine/isolation/client/selection_pieces.hpp"
#include "engine/stages/stage.hpp"

namespace plughost::isolation {

using namespace ipc;

namespace {

// The most groups that are asked for with one request, to be saved.
constexpr size_t kSavedAtOnce = 4096;

Request request_for(Operation operation) {
  Request request{};
  request.operation = operation;
  request.block_at = kInPayload;
  return request;
}

// A request of the journal.
class RepeatedRequest : public RequestExtra {
 public:
  RepeatedRequest(const FoldJournal &journal, size_t index) : journal_(journal), index_(index) {}
  uint64_t size(const Selection &) override { return journal_.size(index_); }
  void pack(const Selection &, const TextWindows &, Packer *to) override { journal_.pack(index_, to); }

 private:
  const FoldJournal &journal_;
  const size_t index_;
};

}  // namespace

StateClient::StateClient(RunnerClient &client, const StagePlugin &plugin, std::string names, uint64_t journal)
    : client_(client),
      plugin_(plugin),
      names_(std::move(names)),
      begin_(raw_bytes(std::span<const char>(names_))),
      journal_(journal) {}

// Asks until the process survives it, and makes the state again whenever it was lost. `ask` returns the fault.
// `reason`: why the run ends if it does not survive.
template <typename Ask>
void StateClient::insist(const char *reason, Ask ask) {
  for (Losses losses;;) {
    const bool begins = !begun_;
    MaybeFault fault = begins ? begin() : std::nullopt;
    if (!fault) fault = ask();
    if (!fault) return;
    const bool again = begins && !begun_ && (saved_.size() > 0 || journal_.requests() > 0);
    begun_ = false;
    if (losses.allow_retry(*fault)) continue;
    client_.stop_call(asked_, *fault, again ? "what it had made of earlier lines cannot be made again" : reason);
  }
}

// Makes the state in a process that has none, or that of another one.
StateClient::MaybeFault StateClient::begin() {
  if (auto fault = ask(request_for(Operation::restart), ctx_, &begin_, &answer_)) return fault;
  GroupBytes saved;
  for (uint32_t group = 0; group < saved_.size(); group++) {
    if (saved_.has(group)) saved.add(group, saved_.of(group));
    if (saved.size() < kMergedAtOnce && group + 1 < saved_.size()) continue;
    uint64_t from = 0;
    if (auto fault = merge_bytes(saved, &from)) return fault;
    saved.clear();
  }
  merged_ = 0;
  if (auto fault = merge_pending()) return fault;
  for (size_t i = 0; i < journal_.requests(); i++) {
    RepeatedRequest repeated(journal_, i);
    if (auto fault = ask(journal_.request(i), ctx_, &repeated, &answer_)) return fault;
  }
  begun_ = true;
  return std::nullopt;
}

StateClient::MaybeFault StateClient::ask(const Request &request, const plug_ctx &ctx, RequestExtra *extra,
                                         MemorySink *out) {
  asked_ = request.operation;
  out->restart();
  return client_.try_call({request, extra}, ctx, out);
}

StateClient::MaybeFault StateClient::merge_pending() { return merge_bytes(journal_.merged(), &merged_); }

// Merges groups into the state of the process, from byte *from on.
StateClient::MaybeFault StateClient::merge_bytes(const GroupBytes &groups, uint64_t *from) {
  while (*from < groups.size()) {
    const auto piece = groups.piece(*from);
    PackedBytes packed(piece);
    if (auto fault = ask(request_for(Operation::merge), ctx_, &packed, &answer_)) return fault;
    *from += piece.size();
  }
  return std::nullopt;
}

void StateClient::merge(uint32_t group, std::span<const uint8_t> bytes) {
  journal_.add_group(group, bytes);
  if (journal_.merged().size() - merged_ < kMergedAtOnce) return;
  insist("", [&] { return merge_pending(); });
  save_if_full();
}

void StateClient::call(Operation operation, const plug_ctx &ctx, std::span<const uint8_t> bytes, MemorySink *out) {
  insist("", [&] {
    auto fault = merge_pending();
    PackedBytes packed(bytes);
    return fault ? fault : ask(request_for(operation), ctx, &packed, out);
  });
}

void StateClient::serialize(std::span<const uint32_t> groups, std::vector<uint32_t> *sizes, ByteBuffer *states) {
  call(Operation::serialize, ctx_, raw_bytes(groups), &answer_);
  sizes->clear();
  uint64_t count = 0;
  std::span<const uint8_t> bytes;
  uint64_t total = 0;
  try {
    Unpacker answer(answer_.buffer().bytes());
    count = answer.take_one<uint64_t>();
    answer.take(count, sizes);
    bytes = answer.rest();
    for (const uint32_t size : *sizes) total += size;
  } catch (const Malformed &) {
    count = 0;
  }
  if (count == 0 || count > groups.size() || total != bytes.size())
    raise_contract(plugin_, "serialize", "it gave other groups than those it was asked about");
  states->clear();
  if (!states->append(bytes.data(), bytes.size())) throw std::bad_alloc();
}

void StateClient::update(Content &content, const plug_ctx &ctx, PackedGroups *rows) {
  AnswerSink sink{Role::aggregator, &said_, sizeof memory_, nullptr, nullptr};
  sink.take = [&](const Selection &, const Answer &answer) { return take_memory(answer); };
  StageCount none;
  const LineRequest request{Operation::update, content, ctx, sink, &none, rows};
  for_each_piece(content, rows->lines(), [&](const Selection &piece) {
    throw_if_cancelled(ctx);
    fold(request, piece, rows);
  });
}

// Takes the answer about rows, which is the memory of the state. Returns null or the broken rule.
const char *StateClient::take_memory(const Answer &answer) {
  if (!answer.ranges.empty()) return "it says which lines are left, and it was asked to fold rows";
  if (answer.bytes.size() != sizeof memory_) return "it does not say how much memory its state takes";
  std::memcpy(&memory_, answer.bytes.data(), sizeof memory_);
  said_.clear();
  return nullptr;
}

StateClient::MaybeFault StateClient::ask_about(const LineRequest &request, const Selection &in) {
  asked_ = request.operation;
  return client_.attempt_on_shared(request, in, client_.call_limit_ns()).fault;
}

void StateClient::fold(const LineRequest &request, const Selection &in, PackedGroups *rows) {
  if (!begun_) insist("", [] { return MaybeFault(); });
  auto fault = ask_about(request, in);
  if (!fault) {
    keep(request.content, in, rows);
    return;
  }
  begun_ = false;
  const Selection left = survivors(request, in, std::move(*fault));
  if (left.bytes() == 0) return;
  insist("it survives these lines alone, and not together with earlier ones", [&] { return ask_about(request, left); });
  keep(request.content, left, rows);
}

// Returns the lines that do not cost a process in which nothing else was folded. The others are given up.
Selection StateClient::survivors(const LineRequest &request, const Selection &in, Fault fault) {
  Selection left;
  AnswerSink sink{request.sink.role, &said_, request.sink.limit, nullptr, nullptr};
  sink.take = [&](const Selection &part, const Answer &answer) {
    const char *const rule = take_memory(answer);
    for (const Range &range : part.ranges())
      if (!rule) left.add_uncounted(range);
    return rule;
  };
  const BareCall begin{request_for(Operation::restart), &begin_};
  client_.find_faults({request.operation, request.content, request.ctx, sink, request.count, request.extra, &begin}, in,
                      std::move(fault));
  return left;
}

void StateClient::keep(const Content &content, const Selection &in, PackedGroups *rows) {
  journal_.add_rows(client_.last_sent(), content, in, rows->rows_of(in));
  save_if_full();
}

// Saves the groups that the journal has changed, and begins a new journal.
void StateClient::save_if_full() {
  if (!journal_.full()) return;
  GroupBytes changed;
  const std::vector<uint32_t> groups = journal_.touched();
  std::vector<uint32_t> sizes;
  ByteBuffer states;
  for (size_t at = 0; at < groups.size(); at += sizes.size()) {
    const auto some = std::span(groups).subspan(at, std::min(kSavedAtOnce, groups.size() - at));
    serialize(some, &sizes, &states);
    auto left = states.bytes();
    for (size_t i = 0; i < sizes.size(); i++) {
      changed.add(some[i], left.first(sizes[i]));
      left = left.subspan(sizes[i]);
    }
  }
  changed.each([&](uint32_t group, std::span<const uint8_t> bytes) { saved_.put(group, bytes); });
  journal_.clear();
  merged_ = 0;
}

}  // namespace plughost::isolation
