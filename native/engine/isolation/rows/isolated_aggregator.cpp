#include "engine/isolation/rows/isolated_aggregator.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "engine/isolation/rows/state_client.hpp"
#include "engine/isolation/rows/state_requests.hpp"
#include "engine/rows/check_cells.hpp"

namespace plughost::isolation {

using namespace ipc;

namespace {

// The bytes of requests that a state keeps: a part of the memory for all groups of the run, and at most these.
constexpr uint64_t kJournalPart = 64;
constexpr uint64_t kMaxJournal = 8 << 20;

class IsolatedState : public AggregatorState {
 public:
  IsolatedState(const IsolatedAggregator &aggregator, const Schema &schema, const std::vector<uint32_t> &picked,
                const Schema &outputs)
      : aggregator_(aggregator),
        outputs_(outputs),
        view_(schema, picked),
        runner_(aggregator.take()),
        state_(runner_->client, aggregator.plugin, names_of(schema, picked, outputs), aggregator.journal()) {}
  ~IsolatedState() override { aggregator_.give_back(std::move(runner_)); }

  void update(const Rows &rows, const plug_ctx &ctx, const uint32_t *group, uint32_t groups) override {
    forget_prepared();
    rows_.begin(rows.lines, rows.text, view_.of(rows), group, groups);
    state_.update(rows.content, ctx, &rows_);
  }

  void prepare(std::span<const uint32_t> groups) override {
    forget_prepared();
    prepared_.assign(groups.begin(), groups.end());
  }

  void serialize(uint32_t group, MemorySink *out) override {
    if (at_ == prepared_.size() || prepared_[at_] != group) {
      forget_prepared();
      prepared_.assign(1, group);
    }
    if (got_ == sizes_.size()) {
      state_.serialize(std::span(prepared_).subspan(at_), &sizes_, &states_);
      got_ = 0;
      offset_ = 0;
    }
    const auto bytes = states_.bytes().subspan(offset_, sizes_[got_]);
    if (!out->buffer().append(bytes.data(), bytes.size())) throw std::bad_alloc();
    offset_ += sizes_[got_++];
    at_++;
  }

  void merge(uint32_t group, plug_bytes bytes) override {
    forget_prepared();
    state_.merge(group, {bytes.data, static_cast<size_t>(bytes.len)});
  }

  void finish(const plug_ctx &ctx, uint32_t first, uint32_t count, Cells *cells, MemorySink *made) override {
    const uint32_t asked[] = {first, count};
    state_.call(Operation::finish, ctx, raw_bytes(std::span<const uint32_t>(asked)), &answer_);
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

  uint64_t memory(uint32_t) const override { return state_.memory(); }

 private:
  static std::string names_of(const Schema &schema, const std::vector<uint32_t> &picked, const Schema &outputs) {
    NamedColumns names{{}, outputs.fields(), 0};
    for (const uint32_t index : picked) names.columns.push_back(schema.fields()[index]);
    return text_of_names(names);
  }

  void forget_prepared() {
    prepared_.clear();
    sizes_.clear();
    at_ = 0;
    got_ = 0;
  }

  const IsolatedAggregator &aggregator_;
  const Schema &outputs_;
  RowView view_;
  std::unique_ptr<IsolatedAggregator::StateRunner> runner_;
  StateClient state_;
  PackedGroups rows_;
  MemorySink answer_;
  std::vector<uint32_t> prepared_;
  size_t at_ = 0;  // index of the next one in prepared_
  // Groups from there on, as far as they were serialized together: their sizes and bytes.
  std::vector<uint32_t> sizes_;
  ByteBuffer states_;
  size_t got_ = 0;     // index of the next one in sizes_
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

uint64_t IsolatedAggregator::journal() const { return std::min(kMaxJournal, setting_.group_memory / kJournalPart); }

std::unique_ptr<IsolatedAggregator::StateRunner> IsolatedAggregator::take() const {
  {
    std::lock_guard lock(mutex_);
    if (!idle_.empty()) {
      auto runner = std::move(idle_.back());
      idle_.pop_back();
      return runner;
    }
  }
  auto pool =
      std::make_unique<RunnerPool>(isolated_, StageConfig{.role = Role::aggregator, .line_end = line_end_}, faults_);
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
