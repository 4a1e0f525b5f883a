#include <napi.h>

#include "control.hpp"
#include "job.hpp"

static Napi::Object init(Napi::Env env, Napi::Object exports) {
  plughost::addon::define_control(env, exports);
  plughost::addon::define_job(env, exports);
  return exports;
}

NODE_API_MODULE(plughost, init)
