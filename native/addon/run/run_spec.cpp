#include "addon/run/run_spec.hpp"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "addon/run/row_spec.hpp"
#include "addon/run/stage_handle.hpp"
#include "addon/values/object_reader.hpp"
#include "addon/values/values.hpp"
#include "engine/stages/any_stage.hpp"

namespace plughost::addon {
namespace {

constexpr double kMaxBytes = 1 << 30;  // spans inside a block are 32 bits wide
constexpr double kMaxWorkers = 1024;

void add_input(std::string name, int fd, std::vector<InputSpec> *inputs) {
  InputSpec input;
  input.name = std::move(name);
  input.fd = fd;
  inputs->push_back(std::move(input));
}

// Returns whether a value is an object of JavaScript with this key. A handle of a stage is none.
bool has_key(const Napi::Value &value, const char *key) {
  return value.IsObject() && !value.IsExternal() && value.As<Napi::Object>().Has(key);
}

// Adds the inputs of one element of the list: files whose names are separated by NULs, or a descriptor.
void add_inputs(const Napi::Value &value, const std::string &path, std::vector<InputSpec> *inputs) {
  if (value.IsString() || value.IsBuffer()) {
    const std::string names = file_name_of(value, path.c_str());
    for (size_t begin = 0, end = 0; end < names.size() || begin == 0; begin = end + 1) {
      end = std::min(names.find('\0', begin), names.size());
      add_input(names.substr(begin, end - begin), -1, inputs);
    }
    return;
  }
  const ObjectReader from(value, path);
  std::string name = file_name_of(from.value("name"), from.path_of("name").c_str());
  if (!has_key(value, "end")) {
    add_input(std::move(name), static_cast<int>(from.whole("fd", INT32_MAX)), inputs);
    return;
  }
  add_input(std::move(name), -1, inputs);
  inputs->back().begin = from.whole("begin");
  inputs->back().end = from.whole("end");
  if (inputs->back().begin >= inputs->back().end) from.refuse("end", "more than the begin");
}

std::unique_ptr<LineStage> line_stage_of(const Napi::Value &value, const std::string &path, LineEnd line_end) {
  return stage_of<LineStage>(value, path, line_end, "a stage that passes lines on is needed");
}

std::unique_ptr<LineStage> any_stage_of(const ObjectReader &from, LineEnd line_end) {
  std::vector<std::unique_ptr<LineStage>> filters;
  from.each("any", [&](const Napi::Value &value, const std::string &path) {
    if (has_key(value, "parser")) {
      filters.push_back(row_stage_of(ObjectReader(value, path), line_end));
    } else {
      filters.push_back(line_stage_of(value, path, line_end));
    }
    if (filters.back()->transforms()) throw_invalid_stage(value.Env(), path, "a filter is needed");
  });
  if (filters.empty()) from.refuse("any", "at least one filter");
  return std::make_unique<AnyStage>(std::move(filters));
}

PrintSpec print_of(const ObjectReader &from) {
  PrintSpec print;
  print.form = from.enumerator<PrintForm>("form", "lines, names or json");
  print.names = from.flag("names");
  print.numbers = from.flag("numbers");
  print.nul = from.flag("nul");
  print.color = from.flag("color");
  print.before = static_cast<uint32_t>(from.whole("before", INT32_MAX));
  print.after = static_cast<uint32_t>(from.whole("after", INT32_MAX));
  return print;
}

}  // namespace

RunSpec read_run_spec(const Napi::Value &value) {
  const ObjectReader from(value, "spec");
  const LineEnd line_end = from.flag("crlf") ? LineEnd::crlf_too : LineEnd::newline;
  RunSpec spec;
  from.each("inputs",
            [&](const Napi::Value &input, const std::string &path) { add_inputs(input, path, &spec.inputs); });
  from.each("stages", [&](const Napi::Value &stage, const std::string &path) {
    if (has_key(stage, "any")) {
      spec.stages.push_back(any_stage_of(ObjectReader(stage, path), line_end));
    } else if (has_key(stage, "parser")) {
      spec.stages.push_back(row_stage_of(ObjectReader(stage, path), line_end));
    } else {
      spec.stages.push_back(line_stage_of(stage, path, line_end));
    }
  });
  const auto exporter = from.value("exporter");
  if (has_key(exporter, "parser")) {
    spec.exporter = row_export_stage_of(from.object("exporter"), line_end);
  } else if (!exporter.IsNull()) {
    spec.exporter = exporter_of(from, "exporter", line_end);
  }
  if (!from.value("merged").IsNull()) spec.merged = merged_of(from.object("merged"), line_end);
  spec.answers = answers_of(from, spec);
  spec.zone = zone_of(from, "zone");
  if (!from.value("states").IsNull()) spec.states = states_of(from.object("states"), spec);
  spec.print = print_of(from.object("print"));
  spec.continued = from.flag("continued");
  spec.limit = from.whole("limit");
  spec.input_limit = from.whole("inputLimit");
  spec.workers = static_cast<unsigned>(from.whole("workers", kMaxWorkers));
  spec.block_size = from.whole("blockSize", kMaxBytes);
  spec.max_line = from.whole("maxLine", kMaxBytes);
  spec.long_lines = from.enumerator<LongLines>("longLines", "fail, skip or split");
  return spec;
}

}  // namespace plughost::addon
