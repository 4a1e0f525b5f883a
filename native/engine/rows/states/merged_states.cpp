#include "engine/rows/states/merged_states.hpp"

#include <utility>

#include "engine/rows/groups/merged_groups.hpp"
#include "engine/stages/plugin_call.hpp"
#include "os/file/file.hpp"

namespace plughost {
namespace {

// The groups of one section of one file.
class StateSource : public GroupSource {
 public:
  StateSource(StateReader &reader, size_t section) : reader_(reader), section_(section) {}
  const GroupRecord *next() override { return reader_.next(section_); }

 private:
  StateReader &reader_;
  const size_t section_;
};

void add_count(uint64_t more, uint64_t *sum, const StateInput &input) {
  if (__builtin_add_overflow(*sum, more, sum))
    throw StageFailure{{FailureKind::state, input.name, "read", 0, "its numbers are too large"}};
}

}  // namespace

MergedStates::MergedStates(MergeSpec spec) : spec_(std::move(spec)) {
  for (const FoldSpec &fold : spec_.folds) sections_.push_back({fold.by, fold.aggregators.size()});
  for (const StateInput &input : spec_.inputs) readers_.push_back(std::make_unique<StateReader>(input, sections_));
}

void MergedStates::check(const plug_ctx &ctx) const {
  for (const StateInput &input : spec_.inputs) {
    const auto status = status_of(input.fd);
    if (!status || status->kind != FileStatus::Kind::regular) continue;
    StateReader reader(input, sections_, position_of(input.fd));
    for (size_t section = 0; section < sections_.size(); section++)
      while (reader.next(section)) throw_if_cancelled(ctx);
    reader.end();
  }
}

std::unique_ptr<GroupSource> MergedStates::groups(size_t index) const {
  std::vector<std::unique_ptr<GroupSource>> sources;
  for (const auto &reader : readers_) sources.push_back(std::make_unique<StateSource>(*reader, index));
  return std::make_unique<MergedGroups>(spec_.folds[index], schema_, std::move(sources));
}

StateCounts MergedStates::end() const {
  StateCounts sum;
  for (size_t i = 0; i < readers_.size(); i++) {
    const StateCounts counts = readers_[i]->end();
    add_count(counts.lines, &sum.lines, spec_.inputs[i]);
    add_count(counts.rows, &sum.rows, spec_.inputs[i]);
    add_count(counts.unparsed, &sum.unparsed, spec_.inputs[i]);
  }
  return sum;
}

}  // namespace plughost
