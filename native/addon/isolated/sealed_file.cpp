#include "addon/isolated/sealed_file.hpp"

#include <cerrno>
#include <cstring>
#include <string>
#include <system_error>

#include "os/system_failed.hpp"

namespace plughost::addon {
namespace {

constexpr napi_type_tag kSealedTag = {0x706c7567686f7374, 0x7365616c65640000};

class SealedFileObject : public Napi::ObjectWrap<SealedFileObject> {
 public:
  static Napi::Function define(Napi::Env env) {
    return DefineClass(env, "SealedFile",
                       {InstanceAccessor<&SealedFileObject::descriptor>("descriptor"),
                        InstanceMethod<&SealedFileObject::close>("close")});
  }

  explicit SealedFileObject(const Napi::CallbackInfo &info) : ObjectWrap(info) {
    if (!info[0].IsString()) throw Napi::TypeError::New(info.Env(), "SealedFile: a path is needed");
    try {
      file_ = std::make_shared<SealedFile>(info[0].As<Napi::String>().Utf8Value());
    } catch (const SystemFailed &failed) {
      auto error = Napi::Error::New(info.Env(), failed.what());
      error.Set("operation", failed.operation());
      error.Set("errno", Napi::Number::New(info.Env(), failed.code().value()));
      throw error;
    } catch (const std::system_error &failed) {
      throw Napi::Error::New(info.Env(), std::strerror(failed.code().value()));
    }
    Value().TypeTag(&kSealedTag);
  }

  std::shared_ptr<const SealedFile> file() const { return file_; }
  static bool is(const Napi::Value &value) {
    return value.IsObject() && value.As<Napi::Object>().CheckTypeTag(&kSealedTag);
  }

 private:
  Napi::Value descriptor(const Napi::CallbackInfo &info) {
    return Napi::Number::New(info.Env(), file_ ? file_->descriptor() : -1);
  }
  // Plugins that were started from the copy keep it alive.
  void close(const Napi::CallbackInfo &) { file_.reset(); }

  std::shared_ptr<const SealedFile> file_;
};

}  // namespace

std::shared_ptr<const SealedFile> sealed_file_of(const Napi::Value &value) {
  if (SealedFileObject::is(value))
    if (auto file = SealedFileObject::Unwrap(value.As<Napi::Object>())->file()) return file;
  throw Napi::TypeError::New(value.Env(), "a SealedFile that is open is needed");
}

void define_sealed_file(Napi::Env env, Napi::Object exports) { exports["SealedFile"] = SealedFileObject::define(env); }

}  // namespace plughost::addon
