#include "addon/isolated/fault_object.hpp"

namespace plughost::addon {

using namespace ipc;

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

}  // namespace plughost::addon
