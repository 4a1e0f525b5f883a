#include "addon/run/run_spec.hpp"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "addon/calls/control.hpp"
#include "addon/isolated/isolated.hpp"
#include "engine/isolation/isolated_stage.hpp"
#include "engine/stages/any_stage.hpp"
#include "engine/stages/filter_stage.hpp"
#include "engine/stages/transform_stage.hpp"

namespace plughost::addon {
namespace {

// Reads the spec, and says which part of it is wrong.
class SpecReader {
 public:
  explicit SpecReader(Napi::Env env) : env_(env) {}

  RunSpec read(const Napi::Value &value) {
    const auto spec = object(value, "spec");
    RunSpec result;
    if (spec.Get("crlf").ToBoolean()) line_end_ = LineEnd::crlf_too;
    each(spec.Get("inputs"), "spec.inputs", [&](const Napi::Object &input) {
      InputSpec from;
      from.name = file_name_of(input.Get("name"), "input.name");
      if (input.Has("fd")) from.fd = static_cast<int>(number(input, "fd", 0));
      result.inputs.push_back(std::move(from));
    });
    each(spec.Get("stages"), "spec.stages",
         [&](const Napi::Object &stage) { result.stages.push_back(read_stage(stage)); });
    if (spec.Get("exporter").IsObject()) {
      const auto exporter = object(spec.Get("exporter"), "spec.exporter");
      if (exporter.Has("isolated")) {
        result.exporter =
            std::make_unique<isolation::IsolatedExportStage>(isolated_of(exporter.Get("isolated")), line_end_);
      } else {
        result.exporter = std::make_unique<DirectExportStage>(plugin(exporter),
                                                              copied<plug_exporter>(exporter, "exporter"), line_end_);
      }
    }
    result.print = print(object(spec.Get("print"), "spec.print"));
    result.continued = spec.Get("continued").ToBoolean();
    result.limit = static_cast<uint64_t>(number(spec, "limit", 0, 9007199254740991.0));
    result.input_limit = static_cast<uint64_t>(number(spec, "inputLimit", 0, 9007199254740991.0));
    result.workers = static_cast<unsigned>(number(spec, "workers", 0, 1024));
    result.block_size = static_cast<size_t>(number(spec, "blockSize", 0, 1 << 30));
    result.max_line = static_cast<size_t>(number(spec, "maxLine", 0, 1 << 30));
    result.long_lines = long_lines(spec.Get("longLines"));
    return result;
  }

 private:
  std::unique_ptr<LineStage> read_stage(const Napi::Object &stage) const {
    if (stage.Has("isolated") && stage.Get("role").StrictEquals(Napi::String::New(env_, "transform")))
      return std::make_unique<isolation::IsolatedStage>(
          isolated_of(stage.Get("isolated")),
          isolation::Use{.role = isolation::Role::transform, .shape = shape(stage.Get("shape"))});
    if (stage.Has("transform"))
      return std::make_unique<TransformStage>(plugin(stage), copied<plug_transform>(stage, "transform"),
                                              shape(stage.Get("shape")));
    if (!stage.Has("any")) return read_filter(stage);
    std::vector<std::unique_ptr<LineStage>> filters;
    each(stage.Get("any"), "stage.any", [&](const Napi::Object &filter) { filters.push_back(read_filter(filter)); });
    if (filters.empty()) wrong("stage.any", "at least one filter");
    return std::make_unique<AnyStage>(std::move(filters));
  }
  std::unique_ptr<LineStage> read_filter(const Napi::Object &stage) const {
    if (stage.Has("isolated"))
      return std::make_unique<isolation::IsolatedStage>(isolated_of(stage.Get("isolated")),
                                                        isolation::Use{.role = isolation::Role::filter,
                                                                       .invert = stage.Get("invert").ToBoolean(),
                                                                       .shape = shape(stage.Get("shape")),
                                                                       .line_end = line_end_});
    return std::make_unique<FilterStage>(plugin(stage), copied<plug_filter>(stage, "filter"),
                                         stage.Get("invert").ToBoolean(), shape(stage.Get("shape")), line_end_);
  }
  [[noreturn]] void wrong(const std::string &what, const char *wanted) const {
    throw Napi::TypeError::New(env_, what + ": " + wanted + " is needed");
  }
  Napi::Object object(const Napi::Value &value, const std::string &what) const {
    if (!value.IsObject()) wrong(what, "an object");
    return value.As<Napi::Object>();
  }
  std::string text(const Napi::Value &value, const std::string &what) const {
    if (!value.IsString()) wrong(what, "a string");
    return value.As<Napi::String>().Utf8Value();
  }
  double number(const Napi::Object &from, const char *name, double least, double most = INT32_MAX) const {
    const auto value = from.Get(name);
    const double result = value.IsNumber() ? value.As<Napi::Number>().DoubleValue() : least - 1;
    if (!(result >= least && result <= most)) wrong(name, "a number in its range");
    return result;
  }
  template <typename Struct>
  const Struct *pointer(const Napi::Object &from, const char *name) const {
    const uintptr_t address = address_of(from.Get(name), name);
    if (address == 0) wrong(name, "an address that is not null");
    return reinterpret_cast<const Struct *>(address);
  }
  // A struct that JavaScript has copied from the plugin and checked.
  template <typename Struct>
  Struct copied(const Napi::Object &from, const char *name) const {
    const auto value = from.Get(name);
    if (!value.IsBuffer()) wrong(name, "a buffer");
    const auto bytes = value.As<Napi::Buffer<uint8_t>>();
    return struct_of<Struct>(bytes.Data(), bytes.Length());
  }
  StagePlugin plugin(const Napi::Object &stage) const {
    return {text(stage.Get("label"), "label"), pointer<plug_plugin>(stage, "plugin")};
  }
  Shape shape(const Napi::Value &value) const {
    const std::string name = text(value, "stage.shape");
    for (const Shape known : {Shape::automatic, Shape::scan, Shape::batch, Shape::line})
      if (name == name_of(known)) return known;
    wrong("stage.shape", "auto, scan, batch or line");
  }
  PrintSpec print(const Napi::Object &spec) const {
    PrintSpec result;
    const std::string form = text(spec.Get("form"), "print.form");
    if (form == "names") {
      result.form = PrintSpec::Form::names;
    } else if (form == "json") {
      result.form = PrintSpec::Form::json;
    } else if (form != "lines") {
      wrong("print.form", "lines, names or json");
    }
    result.names = spec.Get("names").ToBoolean();
    result.numbers = spec.Get("numbers").ToBoolean();
    result.nul = spec.Get("nul").ToBoolean();
    result.color = spec.Get("color").ToBoolean();
    result.before = static_cast<uint32_t>(number(spec, "before", 0));
    result.after = static_cast<uint32_t>(number(spec, "after", 0));
    return result;
  }
  LongLines long_lines(const Napi::Value &value) const {
    const std::string name = text(value, "spec.longLines");
    if (name == "fail") return LongLines::fail;
    if (name == "skip") return LongLines::skip;
    if (name == "split") return LongLines::split;
    wrong("spec.longLines", "fail, skip or split");
  }
  template <typename Take>
  void each(const Napi::Value &value, const std::string &what, Take take) const {
    if (!value.IsArray()) wrong(what, "an array");
    const auto array = value.As<Napi::Array>();
    for (uint32_t i = 0; i < array.Length(); i++) take(object(array.Get(i), what + "[" + std::to_string(i) + "]"));
  }

  const Napi::Env env_;
  LineEnd line_end_ = LineEnd::newline;
};

}  // namespace

RunSpec read_run_spec(Napi::Env env, const Napi::Value &value) { return SpecReader(env).read(value); }

}  // namespace plughost::addon
