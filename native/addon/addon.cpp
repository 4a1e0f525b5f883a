#include <napi.h>

#include "control.hpp"
#include "endings.hpp"
#include "isolated.hpp"
#include "job.hpp"
#include "read_limit.hpp"
#include "registry.hpp"

static Napi::Object init(Napi::Env env, Napi::Object exports) {
  plughost::addon::define_control(env, exports);
  plughost::addon::define_endings(env, exports);
  plughost::addon::define_isolated(env, exports);
  plughost::addon::define_job(env, exports);
  plughost::addon::define_read_limit(env, exports);
  plughost::addon::define_registry(env, exports);
  return exports;
}

NODE_API_MODULE(plughost, init)
