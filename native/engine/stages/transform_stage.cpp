#include "engine/stages/transform_stage.hpp"

#include <vector>

#include "engine/lines/line_batches.hpp"
#include "engine/lines/lines.hpp"
#include "engine/plugin/context.hpp"
#include "engine/plugin/crash_report.hpp"
#include "engine/stages/shape_of.hpp"
#include "engine/stages/stage_of.hpp"
#include "os/cpu/float_mode.hpp"

namespace plughost {
namespace {

class TransformWorker : public LineWorker {
 public:
  TransformWorker(const TransformStage &stage, uint32_t number)
      : stage_(stage), number_(number), state_(stage.plugin, stage.calls), lengths_(kBatch) {}

  void apply(Content &content, const plug_ctx &ctx, const Selection &in, Selection *out, StageCount *count) override;

 private:
  void change_batch(Content &content, const plug_ctx &ctx, const plug_lines &lines, uint32_t text, Arena *arena);
  void change_each(Content &content, const plug_lines &lines, uint32_t text, Arena *arena);
  void add_lines(Content &content, const plug_lines &lines, uint32_t text, size_t batch_begin, Selection *out,
                 StageCount *count);
  [[noreturn]] void broken(std::string rule, const Content &content) const {
    raise_contract(stage_.plugin, operation(), std::move(rule), content);
  }
  const char *operation() const { return stage_.shape == Shape::batch ? "transform_batch" : "transform"; }

  const TransformStage &stage_;
  const uint32_t number_;
  const WorkerState state_;
  LineBatches batches_;
  std::vector<uint32_t> lengths_;
  bool changes_mode_ = false;  // transform changes the floating-point mode; see change_each
};

void TransformWorker::apply(Content &content, const plug_ctx &ctx, const Selection &in, Selection *out,
                            StageCount *count) {
  throw_if_broken(stage_.plugin, operation());
  const PluginCallScope scope(stage_.plugin.label.c_str(), "transform", static_cast<int64_t>(content.block.offset));
  const uint64_t start = now_ns();
  out->clear();
  Arena &arena = content.arenas[number_];
  arena.restart(output_limit(content.block.size()));
  batches_.each(content, in, [&](const plug_lines &lines, uint32_t text) {
    throw_if_cancelled(ctx);
    count->lines_in += lines.count;
    const size_t batch_begin = arena.sink.buffer().size();
    std::fill_n(lengths_.begin(), lines.count, PLUG_TRANSFORM_SAME);
    if (stage_.shape == Shape::batch) {
      change_batch(content, ctx, lines, text, &arena);
    } else {
      change_each(content, lines, text, &arena);
    }
    add_lines(content, lines, text, batch_begin, out, count);
  });
  count->ns += now_ns() - start;
  count->bytes_in += in.bytes();
}

void TransformWorker::change_batch(Content &content, const plug_ctx &ctx, const plug_lines &lines, uint32_t text,
                                   Arena *arena) {
  CallError error;
  const FloatMode mode;
  const int32_t status = stage_.calls.transform_batch(stage_.plugin.instance, state_.get(), &ctx, &lines,
                                                      lengths_.data(), arena->sink.address(), error.address());
  mode.restore();
  throw_if_refused(stage_.plugin, operation(), arena->sink);
  if (status < 0) error.raise(stage_.plugin, operation(), status, content, whole_text(lines, text));
  if (status > 0) broken(no_such_status(status), content);
}

void TransformWorker::change_each(Content &content, const plug_lines &lines, uint32_t text, Arena *arena) {
  CallError error;
  const FloatMode mode;
  // Restores the floating-point mode after each call, or once after all, as FilterWorker::match_each does.
  const bool restore_each = changes_mode_ || !(stage_.calls.flags & PLUG_TRANSFORM_LINEWISE);
  ByteBuffer &written = arena->sink.buffer();
  const size_t batch_begin = written.size();
  for (uint32_t i = 0; i < lines.count; i++) {
    const plug_span line = lines.spans[i];
    const size_t before = written.size();
    const int32_t status = stage_.calls.transform(stage_.plugin.instance, state_.get(), lines.block.data + line.offset,
                                                  line.length, arena->sink.address(), error.address());
    if (restore_each) mode.restore();
    throw_if_refused(stage_.plugin, operation(), arena->sink);
    if (status < 0) {
      error.raise(stage_.plugin, operation(), status, content, {line.offset, line.offset + line.length, text});
    } else if (status == PLUG_UNCHANGED) {
      if (written.size() != before) broken("transform wrote something and returned UNCHANGED", content);
    } else if (status == PLUG_OK) {
      lengths_[i] = static_cast<uint32_t>(written.size() - before);
    } else {
      broken(no_such_status(status), content);
    }
  }
  if (restore_each || !mode.restore()) return;
  changes_mode_ = true;
  written.truncate(batch_begin);
  std::fill_n(lengths_.begin(), lines.count, PLUG_TRANSFORM_SAME);
  change_each(content, lines, text, arena);
}

// Adds the lines of a batch to *out: unchanged ones, and replacements, which are in the arena from `batch_begin` on.
// Checks the plugin's lengths against the bytes that it wrote.
void TransformWorker::add_lines(Content &content, const plug_lines &lines, uint32_t text, size_t batch_begin,
                                Selection *out, StageCount *count) {
  Arena &arena = content.arenas[number_];
  const auto written = arena.sink.buffer().bytes();
  size_t at = batch_begin;
  for (uint32_t i = 0; i < lines.count; i++) {
    const uint32_t length = lengths_[i];
    if (length == PLUG_TRANSFORM_SAME) {
      out->add(line_range(lines, i, text), 1);
      continue;
    }
    count->lines_changed++;
    if (length == 0) continue;
    if (length > written.size() - at) broken("the lengths of the lines are more than what was written", content);
    if (written[at + length - 1] != '\n') broken("what takes the place of a line does not end with a newline", content);
    const uint64_t offset = plug_line_offset(&lines, i) - content.block.offset;
    arena.origins.push_back({static_cast<uint32_t>(at), static_cast<uint32_t>(offset)});
    const Range range{static_cast<uint32_t>(at), static_cast<uint32_t>(at + length), number_ + 1};
    out->add(range, count_lines(written.data() + at, length));
    at += length;
  }
  if (at != written.size()) broken("the lengths of the lines are less than what was written", content);
}

}  // namespace

TransformStage::TransformStage(StagePlugin used, const plug_transform &transform, Shape asked)
    : LineStage(std::move(used), shape_of(transform, asked)), calls(transform) {}

std::unique_ptr<LineWorker> TransformStage::worker(uint32_t number) const {
  return std::make_unique<TransformWorker>(*this, number);
}

std::unique_ptr<LineStage> stage_of(StagePlugin plugin, const plug_transform &calls, const StageOptions &options) {
  return std::make_unique<TransformStage>(std::move(plugin), calls, options.shape);
}

}  // namespace plughost
