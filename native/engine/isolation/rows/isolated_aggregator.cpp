#include "engine/isolation/rows/isolated_aggregator.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "engine/isolation/rows/row_batch_request.hpp"
#include "engine/plugin/context.hpp"
#include "engine/rows/check_cells.hpp"

namespace plughost::isolation {

using namespace ipc;

namespace {

// Bytes of states that are merged in one request.
constexpr size_t kMergedAtOnce = 256 << 10;

// Bytes that go with a call.
class PackedBytes : public RequestExtra {
 public:
  explicit PackedBytes(std::span<const uint8_t> bytes) : bytes_(bytes) {}
  // Not a byte more, because the runner takes all of them.
  uint64_t size(const Selection &) override { return bytes_.size(); }
  void pack(const Selection &, const TextWindows &, Packer *to) override { to->put(bytes_); }

 private:
  const std::span<const uint8_t> bytes_;
};

template <typename Item>
std::span<const uint8_t> raw_bytes(std::span<const Item> items) {
  return {reinterpret_cast<const uint8_t *>(items.data()), items.size_bytes()};
}

// The columns of rows, and the group of each row.
class PackedGroups : public RequestExtra {
 public:
  void begin(BatchLines &batch, const plug_rows &rows, uint64_t block, const uint32_t *group, uint32_t groups) {
    batch_ = &batch;
    rows_.begin(batch, rows, block);
    group_ = group;
    groups_ = groups;
  }
  uint64_t size(const Selection &in) override {
    return rows_.size(in) + sizeof(uint64_t) + aligned(batch_->rows_of(in).size() * sizeof(uint32_t));
  }
  void pack(const Selection &in, const TextWindows &windows, Packer *to) override {
    rows_.pack(in, windows, to);
    to->put_one(groups_);
    for (const uint32_t row : batch_->rows_of(in)) to->put_packed(group_[row]);
    to->align();
  }

 private:
  BatchLines *batch_ = nullptr;
  PackedRows rows_;
  const uint32_t *group_ = nullptr;
  uint32_t groups_ = 0;
};

class IsolatedState : public AggregatorState {
 public:
  IsolatedState(const IsolatedAggregator &aggregator, const Schema &schema, const std::vector<uint32_t> &picked,
                const Schema &outputs)
      : aggregator_(aggregator), outputs_(outputs), view_(schema, picked), runner_(aggregator.take()) {
    NamedColumns names{{}, outputs.fields(), 0};
    for (const uint32_t index : picked) names.columns.push_back(schema.fields()[index]);
    names_ = text_of_names(names);
  }
  ~IsolatedState() override { aggregator_.give_back(std::move(runner_)); }

  void update(const Rows &rows, const plug_ctx &ctx, const uint32_t *group, uint32_t groups) override {
    begin();
    merge_pending();
    prepared_.clear();
    at_ = 0;
    batch_.begin(rows.lines, rows.text);
    packed_.begin(batch_, view_.of(rows), rows.lines.block.len, group, groups);
    answer_.restart();
    AnswerSink sink;
    sink.role = Role::aggregator;
    sink.bytes = &answer_.buffer();
    sink.limit = sizeof memory_;
    sink.take = [&](const Selection &, const Answer &answer) -> const char * {
      if (!answer.ranges.empty()) return "it says which lines are left, and it was asked to fold rows";
      if (answer.bytes.size() != sizeof memory_) return "its answer is shorter than it says";
      std::memcpy(&memory_, answer.bytes.data(), sizeof memory_);
      answer_.restart();
      return nullptr;
    };
    StageCount none;
    runner_->client.work_or_stop({Operation::update, rows.content, ctx, sink, &none, &packed_}, batch_.all());
  }

  void prepare(std::span<const uint32_t> groups) override {
    prepared_.assign(groups.begin(), groups.end());
    at_ = prepared_.size();
  }

  void serialize(uint32_t group, MemorySink *out) override {
    if (at_ == prepared_.size() || prepared_[at_] != group) ask_for_states(group);
    const auto bytes = states_.bytes().subspan(offset_, sizes_[at_]);
    if (!out->buffer().append(bytes.data(), bytes.size())) throw std::bad_alloc();
    offset_ += sizes_[at_++];
  }

  void merge(uint32_t group, plug_bytes bytes) override {
    if (bytes.len > UINT32_MAX) throw std::bad_alloc();
    prepared_.clear();
    at_ = 0;
    const uint32_t head[] = {group, static_cast<uint32_t>(bytes.len)};
    if (!pending_.append(head, sizeof head) || !pending_.append(bytes.data, bytes.len)) throw std::bad_alloc();
    if (pending_.size() >= kMergedAtOnce) merge_pending();
  }

  void finish(const plug_ctx &ctx, uint32_t first, uint32_t count, Cells *cells, MemorySink *made) override {
    const uint32_t asked[] = {first, count};
    call(Operation::finish, ctx, raw_bytes(std::span<const uint32_t>(asked)));
    const uint64_t fixed = columns_size(outputs_.size(), count);
    auto bytes = answer_.buffer().bytes();
    if (bytes.size() < fixed)
      raise_contract(aggregator_.plugin, "finish", "it answers for fewer groups than it was asked");
    const auto text = bytes.subspan(fixed);
    const auto copy = [&](auto *to, size_t items) {
      std::memcpy(to, bytes.data(), items * sizeof *to);
      bytes = bytes.subspan(items * sizeof *to);
    };
    for (size_t i = 0; i < outputs_.size(); i++) {
      copy(cells->column(i).valid, words_for(count));
      copy(cells->column(i).cells, count);
    }
    if (!made->buffer().append(text.data(), text.size())) throw std::bad_alloc();
    if (const char *rule = broken_rule_of_results(count, outputs_, cells, text.size()))
      raise_contract(aggregator_.plugin, "finish", rule);
  }

  uint64_t memory(uint32_t) const override { return memory_; }

 private:
  // Makes the state in the process, which may have served another one.
  void begin() {
    if (begun_) return;
    begun_ = true;
    PackedBytes names(raw_bytes(std::span<const char>(names_)));
    answer_.restart();
    runner_->client.call(Operation::restart, never_cancelled_.context(0), false, &answer_, &names);
  }

  void merge_pending() {
    if (pending_.size() == 0) return;
    begin();
    PackedBytes pending(pending_.bytes());
    answer_.restart();
    runner_->client.call(Operation::merge, never_cancelled_.context(0), false, &answer_, &pending);
    pending_.clear();
  }

  // Makes a call without lines, whose answer is in answer_.
  void call(Operation operation, const plug_ctx &ctx, std::span<const uint8_t> bytes) {
    begin();
    merge_pending();
    PackedBytes packed(bytes);
    answer_.restart();
    runner_->client.call(operation, ctx, false, &answer_, &packed);
  }

  // Gets the bytes of the groups that were prepared, or of this one.
  void ask_for_states(uint32_t group) {
    if (prepared_.empty() || prepared_[0] != group || at_ != prepared_.size()) prepared_.assign(1, group);
    call(Operation::serialize, never_cancelled_.context(0), raw_bytes(std::span<const uint32_t>(prepared_)));
    const auto answer = answer_.buffer().bytes();
    sizes_.resize(prepared_.size());
    const size_t head = aligned(prepared_.size() * sizeof(uint32_t));
    uint64_t total = head;
    if (answer.size() >= head) {
      std::memcpy(sizes_.data(), answer.data(), sizes_.size() * sizeof(uint32_t));
      for (const uint32_t size : sizes_) total += size;
    }
    if (total != answer.size())
      raise_contract(aggregator_.plugin, "serialize", "it gave other groups than those it was asked about");
    states_.clear();
    if (!states_.append(answer.data() + head, answer.size() - head)) throw std::bad_alloc();
    at_ = 0;
    offset_ = 0;
  }

  const IsolatedAggregator &aggregator_;
  const Schema &outputs_;
  const CancelWord never_cancelled_;
  RowView view_;
  std::unique_ptr<IsolatedAggregator::StateRunner> runner_;
  std::string names_;
  bool begun_ = false;
  BatchLines batch_;
  PackedGroups packed_;
  MemorySink answer_;
  uint64_t memory_ = 0;  // as the plugin said after the last update
  ByteBuffer pending_;   // groups to merge: for each its number, the size of its bytes, and these
  // Groups that were serialized and not yet passed on: their numbers, sizes and bytes.
  std::vector<uint32_t> prepared_, sizes_;
  ByteBuffer states_;
  size_t at_ = 0;      // index of the next one
  size_t offset_ = 0;  // of its bytes
};

}  // namespace

IsolatedAggregator::IsolatedAggregator(std::shared_ptr<const IsolatedPlugin> plugin, LineEnd line_end,
                                       NamedColumns names)
    : Aggregator({plugin->spec->label, nullptr}),
      isolated_(std::move(plugin)),
      line_end_(line_end),
      names_(std::move(names)) {}

void IsolatedAggregator::configure(const RunSetting &setting) {
  setting_ = setting;
  setting_.runners = 1;
}

std::unique_ptr<IsolatedAggregator::StateRunner> IsolatedAggregator::take() const {
  {
    std::lock_guard lock(mutex_);
    if (!idle_.empty()) {
      auto runner = std::move(idle_.back());
      idle_.pop_back();
      return runner;
    }
  }
  auto pool = std::make_unique<RunnerPool>(isolated_, StageConfig{.role = Role::aggregator, .line_end = line_end_});
  pool->configure(setting_);
  return std::make_unique<StateRunner>(std::move(pool), plugin);
}

void IsolatedAggregator::give_back(std::unique_ptr<StateRunner> idle) const {
  std::lock_guard lock(mutex_);
  idle_.push_back(std::move(idle));
}

std::unique_ptr<AggregatorState> IsolatedAggregator::state(const Schema &schema, const std::vector<uint32_t> &picked,
                                                           const Schema &outputs) const {
  return std::make_unique<IsolatedState>(*this, schema, picked, outputs);
}

}  // namespace plughost::isolation
