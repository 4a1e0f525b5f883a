#include "engine/isolation/isolated_stage.hpp"

#include "engine/isolation/client/runner_client.hpp"
#include "engine/isolation/client/validate_answer.hpp"
#include "engine/isolation/spans_answer.hpp"
#include "engine/plugin/context.hpp"
#include "engine/stages/filter_stage.hpp"
#include "engine/stages/transform_stage.hpp"

namespace plughost::isolation {

using namespace ipc;

namespace {

plug_filter filter_of(const IsolatedPlugin &plugin) { return plugin.description.get<plug_filter>(); }
plug_transform transform_of(const IsolatedPlugin &plugin) { return plugin.description.get<plug_transform>(); }

void append(const std::vector<Range> &ranges, Selection *to) {
  for (const Range &range : ranges) to->add_uncounted(range);
}

class IsolatedFilterWorker : public LineWorker {
 public:
  IsolatedFilterWorker(RunnerPool &pool, const StagePlugin &plugin, bool linewise)
      : client_(pool, plugin, linewise, "filter"), line_end_(pool.config().line_end) {}

  void apply(Content &content, const plug_ctx &ctx, const Selection &in, Selection *out, StageCount *count) override {
    const uint64_t start = now_ns();
    out->clear();
    const AnswerSink sink{Role::filter, nullptr, 0,
                          [&](const Selection &asked, const Answer &answer) {
                            const char *rule = validate_answer(content, asked, answer.ranges);
                            if (!rule) append(answer.ranges, out);
                            return rule;
                          },
                          [&](const Selection &lines) { append(lines.ranges(), out); }};
    client_.work({Operation::apply, content, ctx, sink, count}, in);
    count->ns += now_ns() - start;
    count->bytes_in += in.bytes();
  }

  void find_spans(Content &content, const plug_ctx &ctx, const plug_lines &lines, uint32_t text, LineKind,
                  MergedSpans *spans) override {
    Selection in;
    for (uint32_t i = 0; i < lines.count; i++) in.add(line_range(lines, i, text), 1);
    found_.clear();
    answer_bytes_.clear();
    AnswerSink sink;
    sink.role = Role::filter;
    sink.bytes = &answer_bytes_;
    sink.limit = max_spans_answer(content, in);
    sink.take = [&](const Selection &asked, const Answer &answer) { return take_spans_of(content, asked, answer); };
    // The plugin found nothing in lines that it crashed on. They are printed in any case.
    sink.keep = [&](const Selection &lost) {
      for (uint64_t left = Selection(lost).lines(content); left > 0; left--) found_.end_line();
    };
    sink.keeps_always = true;
    StageCount none;
    client_.work({Operation::spans, content, ctx, sink, &none}, in);
    spans->add(&found_);
  }

 private:
  const char *take_spans_of(const Content &content, const Selection &asked, const Answer &answer) {
    if (!answer.ranges.empty()) return "it says which lines are left, and it was asked for spans";
    LineSpans taken;
    const char *const rule = take_spans(content, asked, line_end_, answer.bytes, &taken);
    if (rule) return rule;
    for (size_t line = 0; line < taken.lines(); line++) {
      for (const plug_span span : taken.of(line)) found_.add(span);
      found_.end_line();
    }
    answer_bytes_.clear();
    return nullptr;
  }

  RunnerClient client_;
  const LineEnd line_end_;
  ByteBuffer answer_bytes_;
  LineSpans found_;
};

class IsolatedTransformWorker : public LineWorker {
 public:
  // `number`: the index of the stage. Its arena is `number`, and the text that it makes is `number` + 1.
  IsolatedTransformWorker(RunnerPool &pool, const StagePlugin &plugin, bool linewise, uint32_t number)
      : client_(pool, plugin, linewise, "transform"), number_(number) {}

  void apply(Content &content, const plug_ctx &ctx, const Selection &in, Selection *out, StageCount *count) override {
    const uint64_t start = now_ns();
    out->clear();
    MemorySink &made = content.arenas[number_].sink;
    content.arenas[number_].restart(output_limit(content.block.size()));
    const AnswerSink sink{
        Role::transform, &made.buffer(), made.limit(),
        [&](const Selection &asked, const Answer &answer) { return take(content, asked, answer, out); },
        [&](const Selection &lines) { append(lines.ranges(), out); }};
    client_.work({Operation::apply, content, ctx, sink, count}, in);
    count->ns += now_ns() - start;
    count->bytes_in += in.bytes();
  }

 private:
  // The offsets of an answer in the text that it made begin at 0; earlier answers are before it in the arena.
  const char *take(Content &content, const Selection &asked, const Answer &answer, Selection *out) const {
    Arena &arena = content.arenas[number_];
    const auto before = static_cast<uint32_t>(arena.sink.buffer().size() - answer.bytes.size());
    const uint32_t made_text = number_ + 1;
    if (const char *rule = validate_answer(content, asked, answer.ranges, made_text, answer.bytes, answer.origins))
      return rule;
    for (const Origin &origin : answer.origins) arena.origins.push_back({before + origin.at, origin.offset});
    for (Range range : answer.ranges) {
      if (range.text == made_text) range = {before + range.begin, before + range.end, range.text};
      out->add_uncounted(range);
    }
    return nullptr;
  }

  RunnerClient client_;
  const uint32_t number_;
};

Shape shape_for(const IsolatedPlugin &plugin, const StageConfig &config) {
  return config.role == Role::filter ? shape_of(filter_of(plugin), config.shape)
                                     : shape_of(transform_of(plugin), config.shape);
}

}  // namespace

IsolatedStage::IsolatedStage(std::shared_ptr<const IsolatedPlugin> plugin, StageConfig config)
    : LineStage({plugin->spec->label, nullptr}, shape_for(*plugin, config)),
      pool_(std::make_unique<RunnerPool>(std::move(plugin), config)),
      role_(config.role),
      invert_(config.invert) {}

bool IsolatedStage::reports_spans(LineKind kind) const {
  return role_ == Role::filter && filter_reports_spans(filter_of(pool_->plugin()), invert_, kind);
}

bool IsolatedStage::ordered() const {
  const IsolatedPlugin &isolated = pool_->plugin();
  return role_ == Role::filter ? (filter_of(isolated).flags & PLUG_FILTER_ORDERED) != 0
                               : (transform_of(isolated).flags & PLUG_TRANSFORM_ORDERED) != 0;
}

std::unique_ptr<LineWorker> IsolatedStage::worker(uint32_t number) const {
  const IsolatedPlugin &isolated = pool_->plugin();
  if (role_ == Role::filter)
    return std::make_unique<IsolatedFilterWorker>(*pool_, plugin,
                                                  (filter_of(isolated).flags & PLUG_FILTER_LINEWISE) != 0);
  return std::make_unique<IsolatedTransformWorker>(
      *pool_, plugin, (transform_of(isolated).flags & PLUG_TRANSFORM_LINEWISE) != 0, number);
}

}  // namespace plughost::isolation
