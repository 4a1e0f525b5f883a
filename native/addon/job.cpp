#include "job.hpp"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "control.hpp"
#include "engine/any_stage.hpp"
#include "engine/filter_stage.hpp"
#include "engine/run.hpp"
#include "engine/transform_stage.hpp"

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
      if (input.Has("path")) {
        result.inputs.push_back({text(input.Get("path"), "input.path"), -1});
      } else {
        result.inputs.push_back({text(input.Get("name"), "input.name"), static_cast<int>(number(input, "fd", 0))});
      }
    });
    each(spec.Get("stages"), "spec.stages",
         [&](const Napi::Object &stage) { result.stages.push_back(read_stage(stage)); });
    if (spec.Get("exporter").IsObject()) {
      const auto exporter = object(spec.Get("exporter"), "spec.exporter");
      result.exporter.emplace(plugin(exporter), pointer<plug_exporter>(exporter, "exporter"), line_end_);
    }
    result.output = static_cast<int>(number(spec, "output", -1));
    result.print = print(object(spec.Get("print"), "spec.print"));
    result.limit = static_cast<uint64_t>(number(spec, "limit", 0, 9007199254740991.0));
    result.workers = static_cast<unsigned>(number(spec, "workers", 0, 1024));
    result.block_size = static_cast<size_t>(number(spec, "blockSize", 0, 1 << 30));
    result.max_line = static_cast<size_t>(number(spec, "maxLine", 0, 1 << 30));
    result.long_lines = long_lines(spec.Get("longLines"));
    return result;
  }

 private:
  std::unique_ptr<LineStage> read_stage(const Napi::Object &stage) const {
    if (stage.Has("transform"))
      return std::make_unique<TransformStage>(plugin(stage), pointer<plug_transform>(stage, "transform"),
                                              shape(stage.Get("shape")));
    if (!stage.Has("any")) return read_filter(stage);
    std::vector<std::unique_ptr<FilterStage>> filters;
    each(stage.Get("any"), "stage.any", [&](const Napi::Object &filter) { filters.push_back(read_filter(filter)); });
    if (filters.empty()) wrong("stage.any", "at least one filter");
    return std::make_unique<AnyStage>(std::move(filters));
  }
  std::unique_ptr<FilterStage> read_filter(const Napi::Object &stage) const {
    return std::make_unique<FilterStage>(plugin(stage), pointer<plug_filter>(stage, "filter"),
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

Napi::Object counters_of(Napi::Env env, const Counters &counters, uint64_t total) {
  auto result = Napi::Object::New(env);
  result["bytes"] = static_cast<double>(counters.bytes);
  result["total"] = static_cast<double>(total);
  result["kept"] = static_cast<double>(counters.kept);
  result["written"] = static_cast<double>(counters.written);
  return result;
}

const char *name_of(FailureKind kind) {
  switch (kind) {
    case FailureKind::input:
      return "input";
    case FailureKind::decode:
      return "decode";
    case FailureKind::no_decoder:
      return "no-decoder";
    case FailureKind::output:
      return "output";
    case FailureKind::plugin:
      return "plugin";
    case FailureKind::contract:
      return "contract";
    case FailureKind::line_too_long:
      return "line-too-long";
  }
  return "";
}

Napi::Object result_of(Napi::Env env, const Run &run) {
  const RunResult &from = run.result();
  auto failures = Napi::Array::New(env, from.failures.size());
  for (uint32_t i = 0; i < from.failures.size(); i++) {
    const Failure &failure = from.failures[i];
    auto entry = Napi::Object::New(env);
    entry["kind"] = name_of(failure.kind);
    entry["subject"] = failure.subject;
    entry["operation"] = failure.operation;
    entry["code"] = failure.code;
    // Bytes of a plugin: what is not UTF-8 becomes U+FFFD.
    entry["message"] = failure.message;
    entry["offset"] = static_cast<double>(failure.offset);
    entry["fatal"] = failure.fatal;
    entry["plugin"] = Napi::BigInt::New(env, static_cast<uint64_t>(reinterpret_cast<uintptr_t>(failure.plugin)));
    failures[i] = entry;
  }
  auto stages = Napi::Array::New(env, from.stages.size());
  for (uint32_t i = 0; i < from.stages.size(); i++) {
    const StageReport &stage = from.stages[i];
    auto entry = Napi::Object::New(env);
    entry["label"] = stage.label;
    entry["shape"] = stage.shape;
    entry["ns"] = static_cast<double>(stage.count.ns);
    entry["linesIn"] = static_cast<double>(stage.count.lines_in);
    entry["linesKept"] = static_cast<double>(stage.count.lines_kept);
    entry["linesChanged"] = static_cast<double>(stage.count.lines_changed);
    entry["bytesIn"] = static_cast<double>(stage.count.bytes_in);
    stages[i] = entry;
  }
  auto result = Napi::Object::New(env);
  result["counters"] = counters_of(env, from.counters, run.total());
  result["cancelled"] = from.cancelled;
  result["failures"] = failures;
  result["workers"] = from.workers;
  result["blocks"] = static_cast<double>(from.blocks);
  result["longLines"] = static_cast<double>(from.long_lines);
  result["elapsed"] = static_cast<double>(from.elapsed_ns);
  result["stages"] = stages;
  return result;
}

// Keeps itself alive until its run has ended, so that JavaScript may forget it.
class Job : public Napi::ObjectWrap<Job> {
 public:
  static Napi::Function define(Napi::Env env) {
    return DefineClass(env, "Job",
                       {InstanceAccessor<&Job::done>("done"), InstanceMethod<&Job::progress>("progress"),
                        InstanceMethod<&Job::cancel>("cancel")});
  }

  explicit Job(const Napi::CallbackInfo &info) : ObjectWrap(info), deferred_(Napi::Promise::Deferred::New(info.Env())) {
    RunSpec spec = SpecReader(info.Env()).read(info[0]);
    promise_ = Napi::Persistent(deferred_.Promise());
    ended_ = Napi::ThreadSafeFunction::New(info.Env(), Napi::Function(), "plughost run", 1, 1);
    // When the environment ends first (a worker thread that is terminated), the run is cancelled and waited for.
    napi_add_env_cleanup_hook(info.Env(), abandon, this);
    Ref();
    try {
      run_ = std::make_unique<Run>(
          std::move(spec), [this] { ended_.NonBlockingCall([this](Napi::Env env, Napi::Function) { end(env); }); });
    } catch (const std::exception &error) {
      napi_remove_env_cleanup_hook(info.Env(), abandon, this);
      ended_.Release();
      Unref();
      throw Napi::Error::New(info.Env(), error.what());
    }
  }

 private:
  static void abandon(void *data) { static_cast<Job *>(data)->run_.reset(); }

  void end(Napi::Env env) {
    napi_remove_env_cleanup_hook(env, abandon, this);
    deferred_.Resolve(result_of(env, *run_));
    total_ = run_->total();
    last_ = run_->progress();
    run_.reset();
    ended_.Release();
    Unref();
  }

  Napi::Value done(const Napi::CallbackInfo &) { return promise_.Value(); }
  Napi::Value progress(const Napi::CallbackInfo &info) {
    return run_ ? counters_of(info.Env(), run_->progress(), run_->total()) : counters_of(info.Env(), last_, total_);
  }
  void cancel(const Napi::CallbackInfo &info) {
    if (run_) run_->cancel(info[0].ToNumber().Uint32Value());
  }

  Napi::Promise::Deferred deferred_;
  Napi::Reference<Napi::Promise> promise_;
  Napi::ThreadSafeFunction ended_;
  std::unique_ptr<Run> run_;
  Counters last_;
  uint64_t total_ = 0;
};

}  // namespace

void define_job(Napi::Env env, Napi::Object exports) { exports["Job"] = Job::define(env); }

}  // namespace plughost::addon
