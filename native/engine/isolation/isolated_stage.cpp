#include "engine/isolation/isolated_stage.hpp"

#include <algorithm>
#include <cstring>

#include "engine/isolation/runner_client.hpp"
#include "engine/isolation/spans_answer.hpp"
#include "engine/isolation/validate_answer.hpp"
#include "engine/plugin/context.hpp"
#include "engine/stages/filter_stage.hpp"
#include "engine/stages/transform_stage.hpp"

namespace plughost::isolation {

using namespace ipc;

namespace {

template <typename Struct>
Struct calls_of(const IsolatedPlugin &plugin) {
  const auto &bytes = plugin.description.structs[kind_index(role_of<Struct>)];
  return struct_of<Struct>(bytes.data(), bytes.size());
}

// For heads and what is lost to alignment: virtual memory costs nothing.
constexpr uint64_t kLeastPayload = 1 << 20;

class IsolatedFilterWorker : public LineWorker {
 public:
  IsolatedFilterWorker(WorkerProcess &process, const StagePlugin &plugin, bool linewise)
      : client_(process, plugin, linewise, "filter"), line_end_(process.config().line_end) {}

  void apply(Content &content, const plug_ctx &ctx, const Selection &in, Selection *out, StageCount *count) override {
    const uint64_t start = now_ns();
    out->clear();
    const auto add = [&](const std::vector<Range> &ranges) {
      for (const Range &range : ranges) out->add_uncounted(range);
    };
    client_.work(Operation::apply, content, ctx, in,
                 {Role::filter, nullptr, 0,
                  [&](const Selection &asked, const Answer &made) {
                    const char *rule = validate_answer(content, asked, made.ranges);
                    if (!rule) add(made.ranges);
                    return rule;
                  },
                  [&](const Selection &lines) { add(lines.ranges()); }},
                 count);
    count->ns += now_ns() - start;
    count->bytes_in += in.bytes();
  }

  void find_spans(Content &content, const plug_ctx &ctx, const plug_lines &lines, uint32_t text, LineKind,
                  MergedSpans *spans) override {
    Selection in;
    for (uint32_t i = 0; i < lines.count; i++) in.add(line_range(lines, i, text), 1);
    found_.clear();
    spans_bytes_.clear();
    AnswerSink taker;
    taker.role = Role::filter;
    taker.bytes = &spans_bytes_;
    taker.limit = max_spans(content, in);
    taker.take = [&](const Selection &asked, const Answer &made) -> const char * {
      if (!made.ranges.empty()) return "it says which lines are left, and it was asked for spans";
      LineSpans taken;
      const char *const rule = take_spans(content, asked, line_end_, made.bytes, &taken);
      if (rule) return rule;
      for (size_t line = 0; line < taken.lines(); line++) {
        for (const plug_span span : taken.of(line)) found_.add(span);
        found_.end_line();
      }
      spans_bytes_.clear();
      return nullptr;
    };
    taker.keep = [&](const Selection &lost) {
      for (uint64_t left = Selection(lost).lines(content); left > 0; left--) found_.end_line();
    };
    taker.keeps_always = true;
    StageCount none;
    client_.work(Operation::spans, content, ctx, in, taker, &none);
    spans->add(&found_);
  }

 private:
  RunnerClient client_;
  const LineEnd line_end_;
  ByteBuffer spans_bytes_;
  LineSpans found_;
};

class IsolatedTransformWorker : public LineWorker {
 public:
  IsolatedTransformWorker(WorkerProcess &process, const StagePlugin &plugin, bool linewise, uint32_t number)
      : client_(process, plugin, linewise, "transform"), number_(number) {}

  void apply(Content &content, const plug_ctx &ctx, const Selection &in, Selection *out, StageCount *count) override {
    const uint64_t start = now_ns();
    out->clear();
    MemorySink &sink = content.arenas[number_].sink;
    content.arenas[number_].restart(output_limit(content.block.size()));
    client_.work(Operation::apply, content, ctx, in,
                 {Role::transform, &sink.buffer(), sink.limit(),
                  [&](const Selection &asked, const Answer &made) { return take(content, asked, made, out); },
                  [&](const Selection &lines) {
                    for (const Range &range : lines.ranges()) out->add_uncounted(range);
                  }},
                 count);
    count->ns += now_ns() - start;
    count->bytes_in += in.bytes();
  }

 private:
  const char *take(Content &content, const Selection &asked, const Answer &made, Selection *out) const {
    Arena &arena = content.arenas[number_];
    const auto before = static_cast<uint32_t>(arena.sink.buffer().size() - made.bytes.size());
    if (const char *rule = validate_answer(content, asked, made.ranges, number_ + 1, made.bytes, made.origins))
      return rule;
    for (const Origin &origin : made.origins) arena.origins.push_back({before + origin.at, origin.offset});
    for (Range range : made.ranges) {
      if (range.text == number_ + 1) range = {before + range.begin, before + range.end, range.text};
      out->add_uncounted(range);
    }
    return nullptr;
  }

  RunnerClient client_;
  const uint32_t number_;
};

class IsolatedExportWorker : public ExportWorker {
 public:
  IsolatedExportWorker(WorkerProcess &process, const StagePlugin &plugin, bool rowwise)
      : client_(process, plugin, rowwise, "exporter"), rowwise_(rowwise) {}

  void begin(const plug_ctx &ctx, MemorySink *out) override { client_.call(Operation::begin, ctx, true, out); }
  void end(const plug_ctx &ctx, MemorySink *out) override { client_.call(Operation::end, ctx, rowwise_, out); }
  void write(Content &content, const plug_ctx &ctx, const Selection &kept, MemorySink *out,
             StageCount *count) override {
    const uint64_t start = now_ns();
    client_.work(Operation::write, content, ctx, kept,
                 {Role::exporter, &out->buffer(), output_limit(content.block.size()),
                  [](const Selection &, const Answer &) -> const char * { return nullptr; }, nullptr},
                 count);
    count->ns += now_ns() - start;
    count->bytes_in += kept.bytes();
  }

 private:
  RunnerClient client_;
  const bool rowwise_;
};

StagePlugin named(const IsolatedPlugin &plugin) { return {plugin.spec->label, nullptr}; }

Shape shape_of(const IsolatedPlugin &plugin, const StageConfig &config) {
  return config.role == Role::filter ? plughost::shape_of(calls_of<plug_filter>(plugin), config.shape)
                                     : plughost::shape_of(calls_of<plug_transform>(plugin), config.shape);
}

}  // namespace

void WorkerProcesses::configure(const RunSetting &setting) {
  threads_ = setting.threads;
  config_.blocks = setting.blocks;
  // At worst a piece has lines of one byte each, or is a single line, that may have been made of a whole block.
  const uint64_t lines = (sizeof(Range) + sizeof(Origin) + sizeof(NumberedLine)) * kMaxPiece;
  const uint64_t made = output_limit(setting.max_block);
  config_.payload = lines + std::max(kMaxPiece, made) + setting.max_block + kLeastPayload;
  config_.answer = std::max(lines + made + kLeastPayload, kMaxEdge);
}

WorkerProcess &WorkerProcesses::next(uint32_t stage) const {
  std::lock_guard lock(mutex_);
  if (processes_.empty()) {
    StageConfig config = config_;
    config.stage = stage;
    const auto budget = std::make_shared<FaultBudget>();
    for (unsigned i = 0; i < (threads_ + kThreadsPerRunner - 1) / kThreadsPerRunner; i++)
      processes_.push_back(std::make_unique<WorkerProcess>(plugin_, config, budget));
  }
  return *processes_[given_++ % processes_.size()];
}

IsolatedStage::IsolatedStage(std::shared_ptr<const IsolatedPlugin> plugin, StageConfig config)
    : LineStage(named(*plugin), shape_of(*plugin, config)),
      processes_(std::move(plugin), config),
      role_(config.role),
      invert_(config.invert) {}

bool IsolatedStage::reports_spans(LineKind kind) const {
  return role_ == Role::filter && filter_reports_spans(calls_of<plug_filter>(processes_.plugin()), invert_, kind);
}

bool IsolatedStage::ordered() const {
  const IsolatedPlugin &plugin = processes_.plugin();
  return role_ == Role::filter ? (calls_of<plug_filter>(plugin).flags & PLUG_FILTER_ORDERED) != 0
                               : (calls_of<plug_transform>(plugin).flags & PLUG_TRANSFORM_ORDERED) != 0;
}

std::unique_ptr<LineWorker> IsolatedStage::worker(uint32_t number) const {
  const IsolatedPlugin &isolated = processes_.plugin();
  WorkerProcess &process = processes_.next(number);
  if (role_ == Role::filter)
    return std::make_unique<IsolatedFilterWorker>(process, plugin,
                                                  (calls_of<plug_filter>(isolated).flags & PLUG_FILTER_LINEWISE) != 0);
  return std::make_unique<IsolatedTransformWorker>(
      process, plugin, (calls_of<plug_transform>(isolated).flags & PLUG_TRANSFORM_LINEWISE) != 0, number);
}

IsolatedExportStage::IsolatedExportStage(std::shared_ptr<const IsolatedPlugin> plugin, LineEnd line_end)
    : ExportStage(named(*plugin)),
      processes_(std::move(plugin), StageConfig{.role = Role::exporter, .line_end = line_end}) {}

bool IsolatedExportStage::rowwise() const {
  return (calls_of<plug_exporter>(processes_.plugin()).flags & PLUG_EXPORTER_ROWWISE) != 0;
}

bool IsolatedExportStage::numbers() const {
  return (calls_of<plug_exporter>(processes_.plugin()).flags & PLUG_EXPORTER_NUMBERS) != 0;
}

bool IsolatedExportStage::names() const {
  return (calls_of<plug_exporter>(processes_.plugin()).flags & PLUG_EXPORTER_NAMES) != 0;
}

std::unique_ptr<ExportWorker> IsolatedExportStage::worker() const {
  return std::make_unique<IsolatedExportWorker>(processes_.next(0), plugin, rowwise());
}

RunStage make_isolated_stage(Role kind, std::shared_ptr<const IsolatedPlugin> plugin, const StageOptions &options) {
  if (kind == Role::exporter) return std::make_unique<IsolatedExportStage>(std::move(plugin), options.line_end);
  return std::make_unique<IsolatedStage>(
      std::move(plugin),
      Use{.role = kind, .invert = options.invert, .shape = options.shape, .line_end = options.line_end});
}

}  // namespace plughost::isolation
