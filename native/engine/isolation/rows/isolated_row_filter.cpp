#include "engine/isolation/rows/isolated_row_filter.hpp"

#include <algorithm>
#include <cstring>

#include "engine/isolation/client/runner_client.hpp"
#include "engine/isolation/rows/row_batch_request.hpp"

namespace plughost::isolation {

using namespace ipc;

namespace {

class IsolatedRowFilterWorker : public RowFilterWorker {
 public:
  IsolatedRowFilterWorker(RunnerPool &pool, const StagePlugin &plugin, bool linewise, bool invert, const Schema &schema,
                          const std::vector<uint32_t> &picked)
      : client_(pool, plugin, linewise, "keep"), invert_(invert), view_(schema, picked) {}

  void keep(const Rows &rows, const plug_ctx &ctx, std::span<uint64_t> keep) override {
    batch_.begin(rows.lines, rows.text);
    extra_.begin(batch_, view_.of(rows), rows.lines.block.len);
    // The answer about a row that is lost, and about one that its user wants anyway. The stage inverts all of them.
    if (invert_) {
      std::fill(keep.begin(), keep.end(), ~uint64_t{0});
      if (rows.lines.count % 64 != 0) keep.back() = (uint64_t{1} << (rows.lines.count % 64)) - 1;
    }
    answer_.clear();
    AnswerSink sink;
    sink.role = Role::row_filter;
    sink.bytes = &answer_;
    sink.limit = keep.size_bytes();
    sink.take = [&](const Selection &asked, const Answer &answer) {
      const char *const rule = take(asked, answer, keep);
      if (!rule) answer_.clear();
      return rule;
    };
    sink.keep = [&](const Selection &kept) {
      for (const uint32_t row : batch_.rows_of(kept)) keep[row / 64] ^= uint64_t{1} << (row % 64);
    };
    StageCount none;
    client_.work({Operation::keep, rows.content, ctx, sink, &none, &extra_}, batch_.all());
  }

 private:
  // Checks an answer and copies it to the rows that it is about. Returns null or the broken rule.
  const char *take(const Selection &asked, const Answer &answer, std::span<uint64_t> keep) {
    if (!answer.ranges.empty()) return "it says which lines are left, and it was asked for rows";
    const auto rows = batch_.rows_of(asked);
    words_.resize(words_for(rows.size()));
    if (answer.bytes.size() != words_.size() * sizeof(uint64_t))
      return "it answers for more or fewer rows than it was asked about";
    std::memcpy(words_.data(), answer.bytes.data(), answer.bytes.size());
    if (has_bits_beyond(words_, static_cast<uint32_t>(rows.size()))) return "it keeps a row that it did not get";
    if (rows.size() == batch_.rows()) {
      std::copy(words_.begin(), words_.end(), keep.begin());
    } else {
      BatchLines::scatter(rows, words_.data(), keep.data());
    }
    return nullptr;
  }

  RunnerClient client_;
  const bool invert_;
  RowView view_;
  PackedRows extra_;
  BatchLines batch_;
  ByteBuffer answer_;
  std::vector<uint64_t> words_;
};

}  // namespace

IsolatedRowFilter::IsolatedRowFilter(std::shared_ptr<const IsolatedPlugin> plugin, LineEnd line_end, bool invert,
                                     NamedColumns names)
    : RowFilter({plugin->spec->label, nullptr}, invert),
      pool_(std::make_unique<RunnerPool>(plugin, StageConfig{.role = Role::row_filter, .line_end = line_end})),
      flags_(plugin->description.get<plug_row_filter>().flags),
      names_(std::move(names)) {}

std::unique_ptr<RowFilterWorker> IsolatedRowFilter::worker(const Schema &schema,
                                                           const std::vector<uint32_t> &picked) const {
  return std::make_unique<IsolatedRowFilterWorker>(*pool_, plugin, (flags_ & PLUG_ROW_FILTER_LINEWISE) != 0, invert,
                                                   schema, picked);
}

}  // namespace plughost::isolation
