#include "engine/rows/row_export_stage.hpp"

#include <numeric>
#include <utility>

#include "engine/plugin/context.hpp"
#include "engine/rows/time/zoned_rows.hpp"

namespace plughost {
namespace {

std::vector<uint32_t> all_of(const Schema &schema) {
  std::vector<uint32_t> indexes(schema.size());
  std::iota(indexes.begin(), indexes.end(), 0);
  return indexes;
}

class RowExportWorker : public ExportWorker {
 public:
  explicit RowExportWorker(const RowExportStage &stage)
      : stage_(stage),
        exporter_(stage.exporter().worker()),
        reader_(*stage.spec().parser, stage.schema(),
                {stage.spec().unparsed, batch_of(stage.isolated()), stage.spec().numbers, *stage.spec().watched}),
        view_(stage.schema(), all_of(stage.schema())),
        zoned_(stage.spec().zone, stage.spec().columns),
        batches_(batch_of(stage.isolated())) {}

  void begin(const plug_ctx &ctx, MemorySink *out) override { exporter_->begin_rows(ctx, zoned_.schema().get(), out); }

  void write_parsed(Content &content, const plug_ctx &ctx, const Selection &kept, ExportedRows *rows, MemorySink *out,
                    StageCount *count) override {
    const uint64_t start = now_ns();
    RowReader::pad(&content);
    const Selection &in = reader_.begin(content, kept);
    batches_.each(content, in, stage_.spec().line_end, [&](const plug_lines &lines, uint32_t text) {
      if (reader_.failed() || rows->count == rows->most) return;
      throw_if_cancelled(ctx);
      reader_.read(content, ctx, lines, text, rows->most - rows->count, count);
      const plug_lines &left = reader_.lines();
      if (left.count == 0) return;
      rows->count += left.count;
      rows->last = line_range(left, left.count - 1, text);
      exporter_->write_rows(&content, ctx, zoned_.of(view_.of(reader_.rows(content))), out);
    });
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
