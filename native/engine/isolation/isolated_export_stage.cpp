#include "engine/isolation/isolated_export_stage.hpp"

#include "engine/isolation/client/runner_client.hpp"
#include "engine/isolation/rows/row_batch_request.hpp"
#include "engine/plugin/context.hpp"
#include "engine/stages/transform_stage.hpp"

namespace plughost::isolation {

using namespace ipc;

namespace {

class IsolatedExportWorker : public ExportWorker {
 public:
  IsolatedExportWorker(RunnerPool &pool, const StagePlugin &plugin, bool rowwise)
      : client_(pool, plugin, rowwise, "exporter"), rowwise_(rowwise) {}

  void begin(const plug_ctx &ctx, MemorySink *out) override { client_.call(Operation::begin, ctx, true, out); }
  // The state of an exporter that is not rowwise depends on the lines, so its end cannot be repeated in a new runner.
  void end(const plug_ctx &ctx, MemorySink *out) override { client_.call(Operation::end, ctx, rowwise_, out); }
  void write(Content &content, const plug_ctx &ctx, const Selection &kept, MemorySink *out,
             StageCount *count) override {
    const uint64_t start = now_ns();
    // The bytes of an answer go to *out directly, and there is nothing else to check.
    const AnswerSink sink{Role::exporter, &out->buffer(), output_limit(content.block.size()),
                          [](const Selection &, const Answer &) -> const char * { return nullptr; }, nullptr};
    client_.work({Operation::write, content, ctx, sink, count}, kept);
    count->ns += now_ns() - start;
    count->bytes_in += kept.bytes();
  }
  void begin_rows(const plug_ctx &ctx, const plug_schema &columns, MemorySink *out) override {
    extra_.begin_names(columns);
    client_.call(Operation::begin_rows, ctx, rowwise_, out, &extra_);
  }
  void write_rows(Content *content, const plug_ctx &ctx, const plug_rows &rows, MemorySink *out) override {
    if (!content) {
      batch_.begin_without_lines(rows.count);
      extra_.begin(batch_, rows, 0);
      client_.call(Operation::write_rows, ctx, rowwise_, out, &extra_);
      return;
    }
    batch_.begin(*rows.lines, text_of(*content, *rows.lines));
    extra_.begin(batch_, rows, rows.lines->block.len);
    const AnswerSink sink{Role::exporter, &out->buffer(), out->buffer().size() + output_limit(content->block.size()),
                          [](const Selection &, const Answer &) -> const char * { return nullptr; }, nullptr};
    StageCount none;
    const LineRequest request{Operation::write_rows, *content, ctx, sink, &none, &extra_};
    // A state that is not rowwise knows the table that it began, and a new one does not.
    if (rowwise_) {
      client_.work(request, batch_.all());
    } else {
      client_.work_or_stop(request, batch_.all());
    }
  }

 private:
  // Returns the text that lines are in.
  static uint32_t text_of(const Content &content, const plug_lines &lines) {
    uint32_t text = 0;
    while (text < content.arenas.size() && content.text(text).data() != lines.block.data) text++;
    return text;
  }

  RunnerClient client_;
  const bool rowwise_;
  PackedRows extra_;
  BatchLines batch_;
};

}  // namespace

IsolatedExportStage::IsolatedExportStage(std::shared_ptr<const IsolatedPlugin> plugin, LineEnd line_end)
    : ExportStage({plugin->spec->label, nullptr}),
      pool_(std::make_unique<RunnerPool>(plugin, StageConfig{.role = Role::exporter, .line_end = line_end})),
      flags_(plugin->description.get<plug_exporter>().flags),
      writes_rows_(plugin->description.get<plug_exporter>().begin_rows &&
                   plugin->description.get<plug_exporter>().write_rows) {}

std::unique_ptr<ExportWorker> IsolatedExportStage::worker() const {
  return std::make_unique<IsolatedExportWorker>(*pool_, plugin, rowwise());
}

}  // namespace plughost::isolation
