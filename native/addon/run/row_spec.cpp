#include "addon/run/row_spec.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include "addon/isolated/fault_object.hpp"
#include "addon/run/stage_handle.hpp"
#include "addon/values/values.hpp"
#include "engine/rows/frames/frame_export_stage.hpp"
#include "engine/rows/states/state_reader.hpp"

namespace plughost::addon {
namespace {

std::vector<Field> fields_of(const ObjectReader &from, const char *name) {
  std::vector<Field> fields;
  from.each(name, [&](const Napi::Value &value, const std::string &path) {
    const ObjectReader field(value, path);
    fields.push_back({field.text("name"), static_cast<uint32_t>(field.whole("type", PLUG_BOOLEAN))});
  });
  return fields;
}

// Reads indexes that are less than `count`.
std::vector<uint32_t> indexes_of(const ObjectReader &from, const char *name, size_t count) {
  std::vector<uint32_t> indexes;
  from.each(name, [&](const Napi::Value &value, const std::string &) {
    const double index = value.IsNumber() ? value.As<Napi::Number>().DoubleValue() : -1;
    if (!(index >= 0 && index < static_cast<double>(count))) from.refuse(name, "indexes of columns");
    indexes.push_back(static_cast<uint32_t>(index));
  });
  return indexes;
}

// Reads the indexes of the columns that are watched.
std::unique_ptr<Watched> watched_of(const ObjectReader &from, size_t count) {
  std::vector<uint32_t> watched = indexes_of(from, "watched", count);
  if (watched.size() > kMostWatched) from.refuse("watched", "at most 64 indexes");
  return std::make_unique<Watched>(std::move(watched));
}

// Reads a field that is a stage of one class.
template <typename Stage>
std::unique_ptr<Stage> part_of(const ObjectReader &from, const char *name, LineEnd line_end, const char *wanted) {
  return stage_of<Stage>(from.value(name), from.path_of(name), line_end, wanted);
}

std::unique_ptr<Parser> parser_of(const ObjectReader &from, LineEnd line_end) {
  return part_of<Parser>(from, "parser", line_end, "a parser is needed");
}

constexpr const char *kUnparsed = "drop, keep or fail";

// A number of 64 bits as text, because JavaScript's numbers have 53.
int64_t wide(const ObjectReader &from, const char *name) {
  const std::string text = from.text(name);
  int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) from.refuse(name, "a whole number of 64 bits as text");
  return number;
}

KeyColumn key_of(const ObjectReader &from, const std::vector<Field> &columns) {
  KeyColumn key;
  key.column = static_cast<uint32_t>(from.whole("column", static_cast<double>(columns.size()) - 1));
  key.type = columns[key.column].type;
  key.step.kind = from.enumerator<Step::Kind>("step", "none, width or log2");
  key.step.width = wide(from, "width");
  key.step.real_width = from.number("realWidth");
  key.step.real_divisor = from.number("realDivisor");
  key.step.shift = wide(from, "shift");
  if (key.type == PLUG_TIME) key.step.zone = zone_of(from, "zone");
  const bool real = key.type == PLUG_REAL;
  if (key.step.kind == Step::Kind::width &&
      (real ? !(key.step.real_width > 0 && key.step.real_divisor > 0) : key.step.width <= 0))
    from.refuse("width", "more than 0");
  if (key.step.kind != Step::Kind::none && key.type == PLUG_TEXT) from.refuse("step", "none for text");
  return key;
}

FoldSpec fold_of(const ObjectReader &from, const std::vector<Field> &columns, LineEnd line_end) {
  FoldSpec fold;
  from.each("by", [&](const Napi::Value &value, const std::string &path) {
    fold.by.push_back(key_of(ObjectReader(value, path), columns));
  });
  from.each("aggregators", [&](const Napi::Value &value, const std::string &path) {
    const ObjectReader one(value, path);
    fold.aggregators.push_back({part_of<Aggregator>(one, "aggregator", line_end, "an aggregator is needed"),
                                indexes_of(one, "columns", columns.size()),
                                std::make_unique<Schema>(fields_of(one, "outputs"))});
  });
  if (fold.aggregators.empty()) from.refuse("aggregators", "at least one aggregator");
  return fold;
}

// Reads the index of a stage that folds rows. Returns it and the stage.
std::pair<size_t, const RowStage &> folding_stage(const ObjectReader &from, const RunSpec &spec) {
  const size_t index = from.whole("stage", static_cast<double>(spec.stages.size()) - 1);
  const auto *stage = dynamic_cast<const RowStage *>(spec.stages[index].get());
  if (!stage || stage->folds().empty()) from.refuse("stage", "a stage that folds rows");
  return {index, *stage};
}

std::vector<uint8_t> bytes_of(const ObjectReader &from, const char *name) {
  const Napi::Value value = from.value(name);
  if (!value.IsBuffer()) from.refuse(name, "a Buffer");
  const auto bytes = value.As<Napi::Buffer<uint8_t>>();
  return {bytes.Data(), bytes.Data() + bytes.Length()};
}

// Reads the types of the keys of a section.
std::vector<KeyColumn> keys_of(const ObjectReader &from) {
  std::vector<KeyColumn> by;
  from.each("by", [&](const Napi::Value &value, const std::string &path) {
    const auto type = static_cast<uint32_t>(ObjectReader(value, path).whole("type", PLUG_BOOLEAN));
    by.push_back({static_cast<uint32_t>(by.size()), type, {}});
  });
  return by;
}

Napi::Array object_of(Napi::Env env, const std::vector<Field> &fields) {
  auto result = Napi::Array::New(env, fields.size());
  for (uint32_t i = 0; i < fields.size(); i++) {
    auto field = Napi::Object::New(env);
    field["name"] = fields[i].name;
    field["type"] = fields[i].type;
    result[i] = field;
  }
  return result;
}

Napi::Object failure_of(Napi::Env env, const Failure &failed) {
  auto failure = Napi::Object::New(env);
  failure["contract"] = failed.kind == FailureKind::contract;
  failure["operation"] = failed.operation;
  failure["code"] = failed.code;
  failure["message"] = failed.message;
  if (failed.fault) failure["fault"] = addon::object_of(env, failed.fault->fault);
  return failure;
}

// Reads a file of states to its end, on this thread.
Napi::Value read_states(const Napi::CallbackInfo &info) {
  const Napi::Env env = info.Env();
  const ObjectReader from(info[0], "readStates");
  const StateInput input{"", static_cast<int>(from.whole("fd", INT32_MAX)), bytes_of(from, "prefix")};
  std::vector<StateSection> sections;
  from.each("sections", [&](const Napi::Value &value, const std::string &path) {
    const ObjectReader one(value, path);
    sections.push_back({keys_of(one), one.whole("aggregators", UINT16_MAX)});
  });
  auto result = Napi::Object::New(env);
  try {
    StateReader reader(input, sections);
    const StateCounts counts = reader.end();
    result["lines"] = static_cast<double>(counts.lines);
    result["rows"] = static_cast<double>(counts.rows);
    result["unparsed"] = static_cast<double>(counts.unparsed);
    auto groups = Napi::Array::New(env, sections.size());
    for (uint32_t i = 0; i < sections.size(); i++) groups[i] = static_cast<double>(reader.groups()[i]);
    result["groups"] = groups;
  } catch (const StageFailure &failed) {
    result["failure"] = failure_of(env, failed.failure);
  } catch (const std::bad_alloc &) {
    throw Napi::Error::New(env, "there is no memory for a group");
  }
  return result;
}

Napi::Value describe(const Napi::CallbackInfo &info) {
  const Napi::Env env = info.Env();
  auto result = Napi::Object::New(env);
  try {
    const RunStage stage = stage_of(info[0], "describeRows", LineEnd::newline);
    if (const auto *parser = std::get_if<std::unique_ptr<Parser>>(&stage)) {
      result["open"] = (*parser)->open();
      result["columns"] = object_of(env, (*parser)->fields());
    } else if (const auto *filter = std::get_if<std::unique_ptr<RowFilter>>(&stage)) {
      result["columns"] = object_of(env, (*filter)->columns());
    } else if (const auto *aggregator = std::get_if<std::unique_ptr<Aggregator>>(&stage)) {
      result["columns"] = object_of(env, (*aggregator)->columns());
      result["outputs"] = object_of(env, (*aggregator)->outputs());
      result["revision"] = (*aggregator)->revision();
    }
  } catch (const StageFailure &failed) {
    result["failure"] = failure_of(env, failed.failure);
  }
  return result;
}

}  // namespace

std::shared_ptr<const Zone> zone_of(const ObjectReader &from, const char *name) {
  static constexpr double kSecond = 1e9;
  static constexpr double kFurthest = 9'223'372'036;  // seconds from 1970 that 64 bits of nanoseconds reach
  static constexpr double kMaxOffset = static_cast<double>(Zone::kMaxOffset) / kSecond;
  static constexpr const char *kWanted = "null, or pairs of ascending seconds and offsets";
  const auto value = from.value(name);
  if (value.IsNull()) return nullptr;
  if (!value.IsTypedArray() || value.As<Napi::TypedArray>().TypedArrayType() != napi_float64_array)
    from.refuse(name, kWanted);
  const auto table = value.As<Napi::Float64Array>();
  const size_t size = table.ElementLength();
  if (size == 0 || size % 2 != 0) from.refuse(name, kWanted);
  std::vector<ZoneOffset> offsets;
  double before = -kFurthest - 1;
  for (size_t i = 0; i < size; i += 2) {
    const double second = table[i];
    const double offset = table[i + 1];
    if (!(second > before && second <= kFurthest && offset >= -kMaxOffset && offset <= kMaxOffset))
      from.refuse(name, kWanted);
    offsets.push_back({static_cast<int64_t>(second) * 1'000'000'000, static_cast<int64_t>(offset) * 1'000'000'000});
    before = second;
  }
  return std::make_shared<const Zone>(std::move(offsets));
}

std::unique_ptr<RowStage> row_stage_of(const ObjectReader &from, LineEnd line_end) {
  RowSpec spec;
  spec.parser = parser_of(from, line_end);
  spec.columns = fields_of(from, "columns");
  spec.numbers = indexes_of(from, "numbers", spec.columns.size());
  from.each("filters", [&](const Napi::Value &value, const std::string &path) {
    const ObjectReader one(value, path);
    spec.filters.push_back({part_of<RowFilter>(one, "filter", line_end, "a row filter is needed"),
                            indexes_of(one, "columns", spec.columns.size())});
  });
  from.each("folds", [&](const Napi::Value &value, const std::string &path) {
    spec.folds.push_back(fold_of(ObjectReader(value, path), spec.columns, line_end));
  });
  spec.unparsed = from.enumerator<Unparsed>("unparsed", kUnparsed);
  spec.group_memory = from.whole("groupMemory");
  spec.spill_folder = from.text("spillFolder");
  spec.watched = watched_of(from, spec.columns.size());
  spec.line_end = line_end;
  return std::make_unique<RowStage>(std::move(spec));
}

std::unique_ptr<ExportStage> exporter_of(const ObjectReader &from, const char *name, LineEnd line_end) {
  if (from.value(name).IsString()) {
    if (from.text(name) != "frames") from.refuse(name, "an exporter, or frames");
    return std::make_unique<FrameExportStage>();
  }
  return part_of<ExportStage>(from, name, line_end, "an exporter is needed");
}

std::unique_ptr<RowExportStage> row_export_stage_of(const ObjectReader &from, LineEnd line_end) {
  RowExportSpec spec;
  spec.parser = parser_of(from, line_end);
  spec.columns = fields_of(from, "columns");
  spec.numbers = indexes_of(from, "numbers", spec.columns.size());
  spec.unparsed = from.enumerator<Unparsed>("unparsed", kUnparsed);
  spec.line_end = line_end;
  spec.zone = zone_of(from, "zone");
  spec.watched = watched_of(from, spec.columns.size());
  auto exporter = exporter_of(from, "exporter", line_end);
  if (!exporter->writes_rows()) throw_invalid_stage(from.env(), from.path_of("exporter"), "it does not write rows");
  return std::make_unique<RowExportStage>(std::move(exporter), std::move(spec));
}

std::unique_ptr<MergedStates> merged_of(const ObjectReader &from, LineEnd line_end) {
  MergeSpec merge;
  from.each("inputs", [&](const Napi::Value &value, const std::string &path) {
    const ObjectReader input(value, path);
    merge.inputs.push_back({file_name_of(input.value("name"), input.path_of("name").c_str()),
                            static_cast<int>(input.whole("fd", INT32_MAX)), bytes_of(input, "prefix")});
  });
  from.each("folds", [&](const Napi::Value &value, const std::string &path) {
    const ObjectReader one(value, path);
    FoldSpec fold;
    fold.by = keys_of(one);
    one.each("aggregators", [&](const Napi::Value &each, const std::string &each_path) {
      const ObjectReader aggregator(each, each_path);
      fold.aggregators.push_back({part_of<Aggregator>(aggregator, "aggregator", line_end, "an aggregator is needed"),
                                  {},
                                  std::make_unique<Schema>(fields_of(aggregator, "outputs"))});
    });
    merge.folds.push_back(std::move(fold));
  });
  return std::make_unique<MergedStates>(std::move(merge));
}

RunStates states_of(const ObjectReader &from, const RunSpec &spec) {
  RunStates states;
  states.prefix = bytes_of(from, "prefix");
  if (!spec.merged) states.stage = folding_stage(from, spec).first;
  return states;
}

std::vector<RunAnswers> answers_of(const ObjectReader &from, const RunSpec &spec) {
  std::vector<RunAnswers> answers;
  from.each("answers", [&](const Napi::Value &value, const std::string &path) {
    const ObjectReader one(value, path);
    RunAnswers made;
    made.folded = spec.merged ? static_cast<const Folded *>(spec.merged.get()) : &folding_stage(one, spec).second;
    made.fold = one.whole("fold", static_cast<double>(made.folded->folds().size()) - 1);
    made.result.columns = fields_of(one, "columns");
    const FoldSpec &fold = made.folded->folds()[made.fold];
    size_t count = fold.by.size();
    for (const FoldedAggregator &aggregator : fold.aggregators) count += aggregator.outputs->size();
    if (made.result.columns.size() != count) one.refuse("columns", "a column for each key and each output");
    one.each("sort", [&](const Napi::Value &by, const std::string &by_path) {
      const ObjectReader column(by, by_path);
      made.result.sort.push_back(
          {static_cast<uint32_t>(column.whole("column", static_cast<double>(count) - 1)), column.flag("descending")});
    });
    made.result.limit = one.whole("limit");
    answers.push_back(std::move(made));
  });
  if (!answers.empty() && (!spec.exporter || !spec.exporter->writes_rows()))
    from.refuse("answers", "an exporter that writes rows");
  return answers;
}

void define_row_descriptions(Napi::Env env, Napi::Object exports) {
  exports["describeRows"] = Napi::Function::New(env, describe, "describeRows");
  exports["readStates"] = Napi::Function::New(env, read_states, "readStates");
}

}  // namespace plughost::addon
