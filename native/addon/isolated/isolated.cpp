#include "addon/isolated/isolated.hpp"

#include <fcntl.h>

#include <cstring>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "addon/calls/async_call.hpp"
#include "addon/calls/control.hpp"
#include "addon/isolated/sealed_file.hpp"
#include "addon/library/library_registry.hpp"
#include "engine/isolation/runner_handle.hpp"
#include "engine/plugin/context.hpp"

namespace plughost::addon {

using namespace isolation;

namespace {

constexpr napi_type_tag kTag = {0x706c7567686f7374, 0x69736f6c61746564};

// Bytes of a line that is asked about alone: virtual memory costs nothing.
constexpr uint64_t kMaxMatchLine = uint64_t{128} << 20;

// The result of a call: one of them.
struct Called {
  std::optional<Fault> fault;
  Outcome outcome = Outcome::done;
  bool contract = false;
  int32_t code = 0;
  std::string operation, message;
  bool kept = false;
  ByteBuffer bytes;
};

const char *name_of(FaultKind kind) {
  switch (kind) {
    case FaultKind::crash:
      return "crash";
    case FaultKind::exit:
      return "exit";
    case FaultKind::kill:
      return "kill";
    case FaultKind::hang:
      return "hang";
    case FaultKind::panic:
      return "panic";
    case FaultKind::violation:
      return "violation";
    case FaultKind::refusal:
      return "refusal";
    case FaultKind::no_process:
      return "no-process";
  }
  return "";
}

const char *name_of(State state) {
  static constexpr const char *kNames[] = {"starting", "confining", "loading",    "creating", "asserting", "init",
                                           "ready",    "calling",   "destroying", "ended",    "refused"};
  const auto index = static_cast<size_t>(state);
  return index < std::size(kNames) ? kNames[index] : "";
}

const char *name_of(Refusal refusal) {
  static constexpr const char *kNames[] = {"none", "version", "sandbox", "load", "assertion",
                                           "abi",  "config",  "failed",  "data", "contract"};
  const auto index = static_cast<size_t>(refusal);
  return index < std::size(kNames) ? kNames[index] : "";
}

const char *name_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::passed:
      return "passed";
    case Verdict::skipped:
      return "skipped";
    case Verdict::kept:
      return "kept";
    case Verdict::stopped:
      return "stopped";
  }
  return "";
}

Napi::Buffer<uint8_t> buffer_of(Napi::Env env, const std::string &text) {
  return Napi::Buffer<uint8_t>::Copy(env, reinterpret_cast<const uint8_t *>(text.data()), text.size());
}

JudgedLibrary library_of(const Napi::Object &library) {
  return {library.Get("path").ToString().Utf8Value(), library.Get("name").ToString().Utf8Value(),
          sealed_file_of(library.Get("copy"))};
}

class SpecReader {
 public:
  explicit SpecReader(const Napi::Object &spec) : spec_(spec) {}

  std::string text(const char *name) const {
    const auto value = spec_.Get(name);
    if (!value.IsString())
      throw Napi::TypeError::New(spec_.Env(), std::string("isolated.") + name + ": a string is needed");
    return value.As<Napi::String>().Utf8Value();
  }
  double number(const char *name) const {
    const auto value = spec_.Get(name);
    const double number = value.IsNumber() ? value.As<Napi::Number>().DoubleValue() : -1;
    if (!(number >= 0 && number <= 9007199254740991.0))
      throw Napi::TypeError::New(spec_.Env(), std::string("isolated.") + name + ": a number is needed");
    return number;
  }
  Napi::Object object(const char *name) const {
    const auto value = spec_.Get(name);
    if (!value.IsObject())
      throw Napi::TypeError::New(spec_.Env(), std::string("isolated.") + name + ": an object is needed");
    return value.As<Napi::Object>();
  }
  std::vector<JudgedLibrary> libraries(const char *name) const {
    std::vector<JudgedLibrary> libraries;
    const auto array = object(name).As<Napi::Array>();
    for (uint32_t i = 0; i < array.Length(); i++) libraries.push_back(library_of(array.Get(i).ToObject()));
    return libraries;
  }
  bool flag(const char *name) const { return spec_.Get(name).ToBoolean(); }
  std::vector<std::string> texts(const char *name) const {
    std::vector<std::string> texts;
    const auto value = spec_.Get(name);
    if (!value.IsArray()) return texts;
    const auto array = value.As<Napi::Array>();
    for (uint32_t i = 0; i < array.Length(); i++) texts.push_back(array.Get(i).ToString().Utf8Value());
    return texts;
  }

 private:
  const Napi::Object spec_;
};

// The process that control calls go to.
struct Control {
  std::shared_ptr<IsolatedPlugin> plugin = std::make_shared<IsolatedPlugin>();
  std::shared_ptr<RunnerHandle> runner;

  // A runner that works; anew after the one before was lost. Throws NotStarted, std::exception.
  RunnerHandle &get() {
    if (!runner || runner->lost()) {
      if (!plugin->spec->library.copy) throw std::runtime_error("the plugin has ended");
      const Use use{.role = Role::control, .payload = kMaxMatchLine, .answer = kMaxText};
      runner = start_runner(plugin->spec, use);
    }
    return *runner;
  }
  // Of a runner that is lost nothing is kept: the memory of its answers least of all.
  void let_go() {
    if (runner && runner->lost()) runner.reset();
  }
};

class Isolated : public Napi::ObjectWrap<Isolated> {
 public:
  static Napi::Function define(Napi::Env env) {
    return DefineClass(env, "Isolated",
                       {InstanceMethod<&Isolated::start>("start"), InstanceMethod<&Isolated::run>("run"),
                        InstanceMethod<&Isolated::run_async>("runAsync"), InstanceMethod<&Isolated::match>("match"),
                        InstanceMethod<&Isolated::end>("end")});
  }

  explicit Isolated(const Napi::CallbackInfo &info) : ObjectWrap(info) {
    if (!info[0].IsObject()) throw Napi::TypeError::New(info.Env(), "isolated: an object is needed");
    const SpecReader from(info[0].As<Napi::Object>());
    auto spec = std::make_shared<RunnerSpec>();
    spec->executable = from.text("runner");
    spec->library = library_of(from.object("library"));
    spec->needed = from.libraries("needed");
    // The working folder is that of the process at this moment, for every runner that follows.
    auto folder = std::make_shared<Descriptor>(open(".", O_PATH | O_DIRECTORY | O_CLOEXEC), true);
    if (folder->get() >= 0) spec->folder = std::move(folder);
    spec->label = from.text("label");
    spec->config = from.text("config");
    spec->new_plugin_is_data = from.flag("newPluginIsData");
    spec->new_plugin_size = static_cast<uint32_t>(from.number("newPluginSize"));
    spec->memory = static_cast<uint64_t>(from.number("memory"));
    spec->call_ns = static_cast<uint64_t>(from.number("callTimeout") * 1e6);
    spec->start_ns = static_cast<uint64_t>(from.number("startTimeout") * 1e6);
    spec->sandbox = from.flag("sandbox");
    spec->threads = from.flag("threads");
    spec->readable = from.texts("readable");
    spec->writable = from.texts("writable");
    spec->identities = from.texts("identities");
    control_->plugin->spec = std::move(spec);
    const std::string on_fault = from.text("onFault");
    control_->plugin->on_fault = on_fault == "stop"    ? OnFault::stop
                                 : on_fault == "match" ? OnFault::match
                                                       : OnFault::skip;
    control_->plugin->max_faults = static_cast<uint32_t>(from.number("maxFaults"));
    const std::string id = from.text("id");
    if (!id.empty()) held_.emplace(Registry::process(), id, control_->plugin->spec->library.path);
    Value().TypeTag(&kTag);
  }

  std::shared_ptr<const IsolatedPlugin> plugin() const { return control_->plugin; }

 private:
  class RunCall;

  Napi::Value start(const Napi::CallbackInfo &info) {
    const Napi::Env env = info.Env();
    try {
      control_->plugin->facts = control_->get().facts();
    } catch (const NotStarted &failed) {
      auto result = Napi::Object::New(env);
      result["fault"] = object_of(env, failed.fault);
      return result;
    } catch (const std::exception &error) {
      throw Napi::Error::New(env, error.what());
    }
    const Facts &facts = control_->plugin->facts;
    auto result = Napi::Object::New(env);
    result["name"] = buffer_of(env, facts.name);
    auto structs = Napi::Object::New(env);
    for (size_t i = 0; i < kKindCount; i++) {
      const std::vector<uint8_t> &bytes = facts.structs[i];
      if (!bytes.empty()) structs[kKinds[i].name] = Napi::Buffer<uint8_t>::Copy(env, bytes.data(), bytes.size());
    }
    result["structs"] = structs;
    result["landlock"] = facts.landlock;
    return result;
  }

  // The answer may have `most` bytes.
  static Called call(RunnerHandle &runner, const Request &request, uint64_t most, const plug_ctx &ctx,
                     uint64_t limit_ns) {
    Called called;
    if (!runner.ask(0, request, ctx, limit_ns)) {
      called.fault = runner.fault();
      return called;
    }
    const auto answer = runner.answer(0);
    called.outcome = answer.outcome;
    called.contract = answer.contract;
    called.code = answer.code;
    called.operation = answer.operation;
    called.message = answer.message;
    called.kept = answer.kept;
    if (!answer.possible || answer.bytes > std::min<uint64_t>(most, answer.payload.size())) {
      runner.blame(0, FaultKind::violation, "",
                   answer.possible ? "it made more than is allowed" : "its answer has a value that there is not");
      called.fault = runner.fault();
    } else if (answer.outcome == Outcome::done) {
      runner.copy(answer.payload.first(answer.bytes), &called.bytes);
    }
    return called;
  }

  static Napi::Object value_of(Napi::Env env, const Called &called) {
    auto result = Napi::Object::New(env);
    if (called.fault) {
      result["fault"] = object_of(env, *called.fault);
    } else if (called.outcome == Outcome::done) {
      const auto bytes = called.bytes.bytes();
      result["bytes"] = Napi::Buffer<uint8_t>::Copy(env, bytes.data(), bytes.size());
      result["kept"] = called.kept;
    } else {
      result["code"] = called.outcome == Outcome::cancelled   ? PLUG_ERROR_CANCELLED
                       : called.outcome == Outcome::no_memory ? PLUG_ERROR_NOMEM
                                                              : called.code;
      result["contract"] = called.contract;
      result["operation"] = called.operation;
      result["message"] = called.message;
    }
    return result;
  }

  static Request run_request() {
    Request request{};
    request.operation = Operation::run;
    request.block_at = kInPayload;
    return request;
  }

  Napi::Value run(const Napi::CallbackInfo &info) {
    const Napi::Env env = info.Env();
    return guarded(env, [&](RunnerHandle &runner) {
      const auto *ctx = reinterpret_cast<const plug_ctx *>(address_of(info[0], "run"));
      return call(runner, run_request(), kMaxText, *ctx, control_->plugin->spec->call_ns);
    });
  }

  template <typename Step>
  Napi::Value guarded(Napi::Env env, Step step) {
    Called called;
    try {
      called = step(control_->get());
      control_->let_go();
    } catch (const NotStarted &failed) {
      called.fault = failed.fault;
    } catch (const std::exception &error) {
      throw Napi::Error::New(env, error.what());
    }
    return value_of(env, called);
  }

  Napi::Value run_async(const Napi::CallbackInfo &info);

  Napi::Value match(const Napi::CallbackInfo &info) {
    const Napi::Env env = info.Env();
    if (!info[0].IsTypedArray()) throw Napi::TypeError::New(env, "match: bytes are needed");
    const auto line = info[0].As<Napi::Uint8Array>();
    if (line.ByteLength() > kMaxMatchLine) throw Napi::RangeError::New(env, "match: the line is longer than 128 MiB");
    return guarded(env, [&](RunnerHandle &runner) {
      Request request{};
      request.operation = Operation::match;
      request.block_at = kInPayload;
      request.payload_size = line.ByteLength();
      if (line.ByteLength() > 0)
        std::memcpy(runner.payload(0, line.ByteLength()).data(), line.Data(), line.ByteLength());
      const CancelWord calm;
      return call(runner, request, 0, calm.context(0), control_->plugin->spec->call_ns);
    });
  }

  void end(const Napi::CallbackInfo &) {
    if (control_->runner) control_->runner->end(kDestroyLimit);
    control_->runner.reset();
    held_.reset();
    // What was copied for further runners is given back now, not when this object is collected.
    auto spec = std::make_shared<RunnerSpec>(*control_->plugin->spec);
    spec->needed.clear();
    spec->library.copy.reset();
    spec->folder.reset();
    control_->plugin = std::make_shared<IsolatedPlugin>(*control_->plugin);
    control_->plugin->spec = std::move(spec);
  }

  const std::shared_ptr<Control> control_ = std::make_shared<Control>();
  std::optional<Registry::Held> held_;
};

// `run` on a thread of its own.
class Isolated::RunCall : public AsyncCall {
 public:
  RunCall(std::shared_ptr<Control> control, std::shared_ptr<CallContext> context)
      : AsyncCall(0), control_(std::move(control)), context_(std::move(context)) {}

  void run() override {
    try {
      called_ = call(control_->get(), run_request(), kMaxText, *context_->address(), control_->plugin->spec->call_ns);
      control_->let_go();
    } catch (const NotStarted &failed) {
      called_.fault = failed.fault;
    } catch (const std::exception &error) {
      error_ = error.what();
    }
  }
  void cancel() override { context_->cancel.raise(PLUG_CANCEL_SHUTDOWN); }
  Napi::Value answer(Napi::Env env) override {
    if (error_) throw Napi::Error::New(env, *error_);
    return value_of(env, called_);
  }

 private:
  const std::shared_ptr<Control> control_;
  const std::shared_ptr<CallContext> context_;
  Called called_;
  std::optional<std::string> error_;
};

Napi::Value Isolated::run_async(const Napi::CallbackInfo &info) {
  return start_call(info.Env(), std::make_shared<RunCall>(control_, context_of(info[0])));
}

}  // namespace

Napi::Object object_of(Napi::Env env, const Fault &fault) {
  auto result = Napi::Object::New(env);
  result["kind"] = name_of(fault.kind);
  result["state"] = name_of(fault.state);
  result["operation"] = fault.operation;
  result["code"] = fault.code;
  result["traced"] = fault.traced;
  result["address"] = Napi::BigInt::New(env, fault.address);
  result["overflow"] = fault.overflow;
  result["otherThread"] = fault.other_thread;
  auto frames = Napi::Array::New(env, fault.frames.size());
  for (uint32_t i = 0; i < fault.frames.size(); i++) {
    auto frame = Napi::Object::New(env);
    frame["file"] = fault.frames[i].file;
    frame["symbol"] = fault.frames[i].symbol;
    frame["offset"] = static_cast<double>(fault.frames[i].offset);
    frame["judged"] = fault.frames[i].judged;
    frames[i] = frame;
  }
  result["frames"] = frames;
  result["message"] = fault.message;
  result["refusal"] = name_of(fault.refusal);
  result["peakMemory"] = static_cast<double>(fault.peak_memory);
  result["atMemoryLimit"] = fault.at_memory_limit;
  result["refusedCall"] = fault.refused_call;
  return result;
}

Napi::Object object_of(Napi::Env env, const FaultReport &report) {
  auto result = Napi::Object::New(env);
  result["fault"] = object_of(env, report.fault);
  result["label"] = report.label;
  result["verdict"] = name_of(report.verdict);
  result["reason"] = report.reason;
  result["input"] = report.input;
  result["located"] = report.located;
  result["line"] = static_cast<double>(report.line);
  result["offset"] = static_cast<double>(report.offset);
  result["length"] = static_cast<double>(report.length);
  result["lines"] = static_cast<double>(report.lines);
  result["text"] = report.text;
  return result;
}

std::shared_ptr<const IsolatedPlugin> isolated_of(const Napi::Value &value) {
  if (!value.IsObject() || !value.As<Napi::Object>().CheckTypeTag(&kTag))
    throw Napi::TypeError::New(value.Env(), "an Isolated is needed");
  return Isolated::Unwrap(value.As<Napi::Object>())->plugin();
}

void define_isolated(Napi::Env env, Napi::Object exports) { exports["Isolated"] = Isolated::define(env); }

}  // namespace plughost::addon
