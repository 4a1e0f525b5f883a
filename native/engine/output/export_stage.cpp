#include "engine/output/export_stage.hpp"

#include "engine/plugin/context.hpp"
#include "engine/plugin/crash_report.hpp"
#include "engine/stages/stage_of.hpp"
#include "os/cpu/float_mode.hpp"

namespace plughost {
namespace {

class DirectExportWorker : public ExportWorker {
 public:
  explicit DirectExportWorker(const DirectExportStage &stage)
      : stage_(stage), state_(stage.plugin, stage.calls), numbers_(kBatch) {}

  void begin(const plug_ctx &ctx, MemorySink *out) override;
  void write(Content &content, const plug_ctx &ctx, const Selection &kept, MemorySink *out, StageCount *count) override;
  void begin_rows(const plug_ctx &ctx, const plug_schema &columns, MemorySink *out) override;
  void write_rows(Content *content, const plug_ctx &ctx, const plug_rows &rows, MemorySink *out) override;
  void end(const plug_ctx &ctx, MemorySink *out) override;

 private:
  // Makes a call that is not about input, and throws what its status and the sink say.
  template <typename Call>
  void call(const char *operation, MemorySink *out, Call made) {
    const PluginCallScope scope(stage_.plugin.label.c_str(), operation);
    CallError error;
    const int32_t status = made(error.address());
    if (status < 0) error.raise(stage_.plugin, operation, status);
    if (status > 0) raise_contract(stage_.plugin, operation, no_such_status(status));
    throw_if_refused(stage_.plugin, operation, *out);
  }

  plug_lines labelled(const Content &content, plug_lines lines);
  const uint64_t *number(const Content &content, const plug_lines &lines);
  void write_batch(const Content &content, const plug_ctx &ctx, plug_lines batch, uint32_t text, MemorySink *out);

  const DirectExportStage &stage_;
  const WorkerState state_;
  LineBatches batches_;
  std::vector<uint64_t> numbers_;  // plug_lines.numbers of one batch
  plug_bytes name_{};              // plug_lines.input_name
  size_t numbered_ = 0;            // index in Content::numbered of the last line that number() looked up
};

void DirectExportWorker::begin(const plug_ctx &ctx, MemorySink *out) {
  if (!stage_.calls.begin) return;
  call("begin", out, [&](plug_error *error) {
    return stage_.calls.begin(stage_.plugin.instance, state_.get(), &ctx, out->address(), error);
  });
}

void DirectExportWorker::end(const plug_ctx &ctx, MemorySink *out) {
  if (!stage_.calls.end) return;
  call("end", out, [&](plug_error *error) {
    return stage_.calls.end(stage_.plugin.instance, state_.get(), &ctx, out->address(), error);
  });
}

void DirectExportWorker::write(Content &content, const plug_ctx &ctx, const Selection &kept, MemorySink *out,
                               StageCount *count) {
  throw_if_broken(stage_.plugin, "write");
  const PluginCallScope scope(stage_.plugin.label.c_str(), "exporter", static_cast<int64_t>(content.block.offset));
  const uint64_t start = now_ns();
  numbered_ = 0;
  batches_.each(content, kept, stage_.line_end, [&](const plug_lines &lines, uint32_t text) {
    throw_if_cancelled(ctx);
    write_batch(content, ctx, labelled(content, lines), text, out);
    count->lines_in += lines.count;
  });
  count->ns += now_ns() - start;
  count->bytes_in += kept.bytes();
}

void DirectExportWorker::begin_rows(const plug_ctx &ctx, const plug_schema &columns, MemorySink *out) {
  call("begin_rows", out, [&](plug_error *error) {
    return stage_.calls.begin_rows(stage_.plugin.instance, state_.get(), &ctx, &columns, out->address(), error);
  });
}

void DirectExportWorker::write_rows(Content *content, const plug_ctx &ctx, const plug_rows &rows, MemorySink *out) {
  throw_if_broken(stage_.plugin, "write_rows");
  const PluginCallScope scope(stage_.plugin.label.c_str(), "write_rows",
                              content ? static_cast<int64_t>(content->block.offset) : -1);
  plug_rows given = rows;
  plug_lines lines{};
  if (content) {
    // number() goes on where it was, unless these lines are of another block.
    const uint64_t first = plug_line_offset(rows.lines, 0) - content->block.offset;
    if (numbered_ >= content->numbered.size() || content->numbered[numbered_].offset > first) numbered_ = 0;
    lines = labelled(*content, *rows.lines);
    given.lines = &lines;
  }
  const FloatMode mode;
  CallError error;
  const int32_t status =
      stage_.calls.write_rows(stage_.plugin.instance, state_.get(), &ctx, &given, out->address(), error.address());
  mode.restore();
  throw_if_refused(stage_.plugin, "write_rows", *out);
  if (status < 0) error.raise(stage_.plugin, "write_rows", status);
  if (status > 0) raise_contract(stage_.plugin, "write_rows", no_such_status(status));
}

// Returns the lines with their numbers and the name of their input, if the plugin reads these.
plug_lines DirectExportWorker::labelled(const Content &content, plug_lines lines) {
  if (stage_.numbers()) lines.numbers = number(content, lines);
  name_ = {reinterpret_cast<const uint8_t *>(content.name.data()), content.name.size()};
  if (stage_.names()) lines.input_name = &name_;
  return lines;
}

// Returns the line numbers of the next batch.
const uint64_t *DirectExportWorker::number(const Content &content, const plug_lines &lines) {
  const auto &numbered = content.numbered;
  if (numbers_.size() < lines.count) numbers_.resize(lines.count);
  for (uint32_t i = 0; i < lines.count; i++) {
    const uint64_t offset = plug_line_offset(&lines, i) - content.block.offset;
    while (numbered_ + 1 < numbered.size() && numbered[numbered_].offset < offset) numbered_++;
    numbers_[i] = numbered.empty() ? 0 : content.first_number + numbered[numbered_].number;
  }
  return numbers_.data();
}

void DirectExportWorker::write_batch(const Content &content, const plug_ctx &ctx, plug_lines batch, uint32_t text,
                                     MemorySink *out) {
  const FloatMode mode;
  while (batch.count > 0) {
    CallError error;
    uint32_t taken = batch.count;
    const int32_t status =
        stage_.calls.write(stage_.plugin.instance, state_.get(), &ctx, &batch, &taken, out->address(), error.address());
    mode.restore();
    throw_if_refused(stage_.plugin, "write", *out);
    if (status == PLUG_ERROR_AGAIN) {
      if (taken == 0 || taken > batch.count)
        raise_contract(stage_.plugin, "write", "write returned AGAIN and took no line, or more than there were",
                       content);
    } else if (status < 0) {
      error.raise(stage_.plugin, "write", status, content, whole_text(batch, text));
    } else if (status > 0) {
      raise_contract(stage_.plugin, "write", no_such_status(status), content);
    } else if (taken != batch.count) {
      raise_contract(stage_.plugin, "write", "write returned success and did not take every line", content);
    }
    batch.spans += taken;
    if (batch.origins) batch.origins += taken;
    if (batch.numbers) batch.numbers += taken;
    batch.count -= taken;
  }
}

}  // namespace

DirectExportStage::DirectExportStage(StagePlugin used, const plug_exporter &exporter, LineEnd line_end)
    : ExportStage(std::move(used)), calls(exporter), line_end(line_end) {}

std::unique_ptr<ExportWorker> DirectExportStage::worker() const { return std::make_unique<DirectExportWorker>(*this); }

std::unique_ptr<ExportStage> stage_of(StagePlugin plugin, const plug_exporter &calls, const StageOptions &options) {
  return std::make_unique<DirectExportStage>(std::move(plugin), calls, options.line_end);
}

}  // namespace plughost
