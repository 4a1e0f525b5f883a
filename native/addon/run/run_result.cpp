#include "addon/run/run_result.hpp"

#include <cstdint>
#include <vector>

#include "addon/isolated/fault_object.hpp"

namespace plughost::addon {
namespace {

// There may be a million inputs, and making an object for each takes longer than reading a small file.
Napi::Object columns_of(Napi::Env env, const std::vector<InputCount> &inputs) {
  auto states = Napi::Uint8Array::New(env, inputs.size());
  auto bytes = Napi::Float64Array::New(env, inputs.size());
  auto kept = Napi::Float64Array::New(env, inputs.size());
  for (size_t i = 0; i < inputs.size(); i++) {
    states[i] = static_cast<uint8_t>(inputs[i].state);
    bytes[i] = static_cast<double>(inputs[i].bytes);
    kept[i] = static_cast<double>(inputs[i].kept);
  }
  auto result = Napi::Object::New(env);
  result["states"] = states;
  result["bytes"] = bytes;
  result["kept"] = kept;
  return result;
}

}  // namespace

Napi::Object counters_of(Napi::Env env, const Counters &counters, uint64_t total) {
  auto result = Napi::Object::New(env);
  result["bytes"] = static_cast<double>(counters.bytes);
  result["total"] = static_cast<double>(total);
  result["kept"] = static_cast<double>(counters.kept);
  result["written"] = static_cast<double>(counters.written);
  return result;
}

Napi::Object result_of(Napi::Env env, Run &run) {
  const RunResult &from = run.result();
  auto failures = Napi::Array::New(env, from.failures.size());
  for (uint32_t i = 0; i < from.failures.size(); i++) {
    const Failure &failure = from.failures[i];
    auto entry = Napi::Object::New(env);
    entry["kind"] = name_of(failure.kind);
    entry["subject"] = Napi::Buffer<char>::Copy(env, failure.subject.data(), failure.subject.size());
    entry["operation"] = failure.operation;
    entry["code"] = failure.code;
    // The plugin wrote it: bytes that are not UTF-8 become U+FFFD.
    entry["message"] = failure.message;
    entry["tool"] = failure.tool;
    entry["offset"] = static_cast<double>(failure.offset);
    entry["input"] = static_cast<double>(failure.input);
    entry["line"] = static_cast<double>(failure.line);
    entry["fatal"] = failure.fatal;
    if (failure.fault) entry["fault"] = object_of(env, *failure.fault);
    failures[i] = entry;
  }
  auto faults = Napi::Array::New(env, from.faults.size());
  for (uint32_t i = 0; i < from.faults.size(); i++) faults[i] = object_of(env, from.faults[i]);
  auto stages = Napi::Array::New(env, from.stages.size());
  for (uint32_t i = 0; i < from.stages.size(); i++) {
    const StageReport &stage = from.stages[i];
    auto entry = Napi::Object::New(env);
    entry["label"] = stage.label;
    if (!stage.parser.empty()) entry["parser"] = stage.parser;
    entry["shape"] = stage.shape;
    entry["ns"] = static_cast<double>(stage.count.ns);
    entry["linesIn"] = static_cast<double>(stage.count.lines_in);
    entry["linesKept"] = static_cast<double>(stage.count.lines_kept);
    entry["linesChanged"] = static_cast<double>(stage.count.lines_changed);
    entry["linesSkipped"] = static_cast<double>(stage.count.lines_skipped);
    entry["linesUnfit"] = static_cast<double>(stage.count.lines_unfit);
    entry["valued"] = Napi::BigInt::New(env, stage.valued);
    auto first = Napi::Object::New(env);
    first["input"] = stage.count.first_unfit.input;
    first["offset"] = static_cast<double>(stage.count.first_unfit.offset);
    first["line"] = static_cast<double>(stage.count.first_unfit.line);
    entry["firstUnfit"] = first;
    entry["bytesIn"] = static_cast<double>(stage.count.bytes_in);
    stages[i] = entry;
  }
  auto result = Napi::Object::New(env);
  result["counters"] = counters_of(env, from.counters, run.total());
  result["inputs"] = columns_of(env, from.inputs);
  result["cancelled"] = from.cancelled;
  result["failures"] = failures;
  result["faults"] = faults;
  result["workers"] = from.workers;
  result["blocks"] = static_cast<double>(from.blocks);
  result["answers"] = static_cast<double>(from.answers);
  result["folded"] = static_cast<double>(from.folded);
  result["early"] = from.early;
  result["longLines"] = static_cast<double>(from.long_lines);
  result["elapsed"] = static_cast<double>(from.elapsed_ns);
  result["stages"] = stages;
  return result;
}

}  // namespace plughost::addon
