#include "engine/isolation/isolated_stage.hpp"

#include "engine/isolation/client/runner_client.hpp"
#include "engine/isolation/client/validate_answer.hpp"
#include "engine/isolation/spans_answer.hpp"
#include "engine/plugin/context.hpp"
#include "engine/stages/filter_stage.hpp"
#include "engine/stages/shape_of.hpp"
#include "engine/stages/transform_stage.hpp"

namespace plughost::isolation {

using namespace ipc;

namespace {

const std::vector<uint8_t> &calls_of(const IsolatedPlugin &plugin, Role role) {
  return plugin.description.structs[kind_index(role)];
}

// Returns whether the plugin sets a flag. `bit` may be 0, for a flag that the kind does not have.
bool has_flag(const IsolatedPlugin &plugin, Role role, uint32_t bit) {
  const std::vector<uint8_t> &calls = calls_of(plugin, role);
  return (struct_of<KindHead>(calls.data(), calls.size()).flags & bit) != 0;
}

bool is_linewise(const IsolatedPlugin &plugin, Role role) { return has_flag(plugin, role, kind_of(role).linewise); }

void append(const std::vector<Range> &ranges, Selection *to) {
  for (const Range &range : ranges) to->add_uncounted(range);
}

// The worker of a filter, and of every other kind that leaves lines out and changes none.
class IsolatedFilterWorker : public LineWorker {
 public:
  IsolatedFilterWorker(RunnerPool &pool, const StagePlugin &plugin)
      : role_(pool.config().role),
        client_(pool, plugin, is_linewise(pool.plugin(), role_), kind_of(role_).name),
        line_end_(pool.config().line_end) {}

  void apply(Content &content, const plug_ctx &ctx, const Selection &in, Selection *out, StageCount *count) override {
    const uint64_t start = now_ns();
    out->clear();
    const AnswerSink sink{role_, nullptr, 0,
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
    sink.role = role_;
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

  const Role role_;
  RunnerClient client_;
  const LineEnd line_end_;
  ByteBuffer answer_bytes_;
  LineSpans found_;
};

class IsolatedTransformWorker : public LineWorker {
 public:
  // `number`: the index of the stage. Its arena is `number`, and the text that it makes is `number` + 1.
  IsolatedTransformWorker(RunnerPool &pool, const StagePlugin &plugin, uint32_t number)
      : client_(pool, plugin, is_linewise(pool.plugin(), Role::transform), "transform"), number_(number) {}

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

}  // namespace

IsolatedStage::IsolatedStage(std::shared_ptr<const IsolatedPlugin> plugin, StageConfig config)
    : LineStage({plugin->spec->label, nullptr},
                shape_of(kind_of(config.role), calls_of(*plugin, config.role), config.shape)),
      pool_(std::make_unique<RunnerPool>(std::move(plugin), config)),
      role_(config.role),
      invert_(config.invert) {}

bool IsolatedStage::reports_spans(LineKind kind) const {
  return role_ == Role::filter && filter_reports_spans(pool_->plugin().description.get<plug_filter>(), invert_, kind);
}

bool IsolatedStage::ordered() const { return has_flag(pool_->plugin(), role_, kind_of(role_).ordered); }

std::unique_ptr<LineWorker> IsolatedStage::worker(uint32_t number) const {
  if (role_ == Role::transform) return std::make_unique<IsolatedTransformWorker>(*pool_, plugin, number);
  return std::make_unique<IsolatedFilterWorker>(*pool_, plugin);
}

}  // namespace plughost::isolation
