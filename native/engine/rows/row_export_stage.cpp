#include "engine/rows/row_export_stage.hpp"

#include <algorithm>
#include <iterator>
#include <numeric>
#include <utility>
#include <vector>

#include "engine/plugin/context.hpp"
#include "engine/rows/time/zoned_rows.hpp"

namespace plughost {
namespace {

std::vector<uint32_t> all_of(const Schema &schema) {
  std::vector<uint32_t> indexes(schema.size());
  std::iota(indexes.begin(), indexes.end(), 0);
  return indexes;
}

// Selects the kept lines of the block and those that the only stage left out because they do not fit, in order.
void add_headers(const Content &content, const Selection &kept, Selection *all) {
  std::vector<Range> ranges;
  ranges.reserve(kept.ranges().size() + content.unfit.size());
  std::merge(kept.ranges().begin(), kept.ranges().end(), content.unfit.begin(), content.unfit.end(),
             std::back_inserter(ranges), [](const Range &a, const Range &b) { return a.begin < b.begin; });
  all->clear();
  for (const Range &range : ranges) all->add_uncounted(range);
}

class RowExportWorker : public ExportWorker {
 public:
  explicit RowExportWorker(const RowExportStage &stage)
      : stage_(stage),
        exporter_(stage.exporter().worker()),
        reader_(*stage.spec().parser, stage.schema(),
                {stage.spec().unparsed, batch_of(stage.isolated()), *stage.spec().watched}),
        view_(stage.schema(), all_of(stage.schema())),
        zoned_(stage.spec().zone, stage.spec().columns),
        batches_(batch_of(stage.isolated())) {}

  void begin(const plug_ctx &ctx, MemorySink *out) override { exporter_->begin_rows(ctx, zoned_.schema().get(), out); }

  void write(Content &content, const plug_ctx &ctx, const Selection &kept, MemorySink *out,
             StageCount *count) override {
    const uint64_t start = now_ns();
    RowReader::pad(&content);
    // The stage before has counted the lines that do not fit.
    const bool takes_headers = stage_.spec().takes_headers && stage_.spec().parser->ordered();
    StageCount counted;
    StageCount *const reading = takes_headers ? &counted : count;
    if (takes_headers) add_headers(content, kept, &with_headers_);
    const Selection &read = takes_headers ? with_headers_ : kept;
    batches_.each(content, read, stage_.spec().line_end, [&](const plug_lines &lines, uint32_t text) {
      throw_if_cancelled(ctx);
      count->lines_in += lines.count;
      reader_.read(content, ctx, lines, text, reading);
      if (reader_.lines().count == 0) return;
      exporter_->write_rows(&content, ctx, zoned_.of(view_.of(reader_.rows(content))), out);
    });
    if (takes_headers) count->lines_in -= counted.lines_unfit;
    count->ns += now_ns() - start;
    count->bytes_in += kept.bytes();
  }

  void begin_rows(const plug_ctx &ctx, const plug_schema &columns, MemorySink *out) override {
    exporter_->begin_rows(ctx, columns, out);
  }
  void write_rows(Content *content, const plug_ctx &ctx, const plug_rows &rows, MemorySink *out) override {
    exporter_->write_rows(content, ctx, rows, out);
  }
  void end(const plug_ctx &ctx, MemorySink *out) override { exporter_->end(ctx, out); }

 private:
  const RowExportStage &stage_;
  const std::unique_ptr<ExportWorker> exporter_;
  RowReader reader_;
  RowView view_;
  ZonedRows zoned_;
  LineBatches batches_;
  Selection with_headers_;
};

}  // namespace

RowExportStage::RowExportStage(std::unique_ptr<ExportStage> exporter, RowExportSpec spec)
    : ExportStage(exporter->plugin), exporter_(std::move(exporter)), spec_(std::move(spec)), schema_(spec_.columns) {}

void RowExportStage::configure(const RunSetting &setting) {
  spec_.parser->configure(setting);
  exporter_->configure(setting);
}

std::unique_ptr<ExportWorker> RowExportStage::worker() const { return std::make_unique<RowExportWorker>(*this); }

}  // namespace plughost
