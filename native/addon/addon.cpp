#include <dlfcn.h>
#include <napi.h>

#include <string>

#include "addon/calls/calls.hpp"
#include "addon/calls/control.hpp"
#include "addon/calls/plugin_calls.hpp"
#include "addon/isolated/isolated.hpp"
#include "addon/isolated/sealed_file.hpp"
#include "addon/library/builtin.hpp"
#include "addon/library/registry.hpp"
#include "addon/process/cleanup_hooks.hpp"
#include "addon/process/process_end.hpp"
#include "addon/process/standard_streams.hpp"
#include "addon/run/descriptors.hpp"
#include "addon/run/in_process.hpp"
#include "addon/run/job.hpp"
#include "addon/run/read_ceiling.hpp"
#include "addon/run/read_folder.hpp"
#include "addon/run/row_spec.hpp"

// Keeps the addon mapped until the process ends. Node unloads an addon together with the last JavaScript thread that
// has loaded it. But the supervisor's thread, signal handlers, the registry of libraries and the logs of plugins live
// as long as the process. The linker flag `-z nodelete` would do the same, but not on macOS. Throws Napi::Error.
static void stay_mapped(Napi::Env env) {
  Dl_info own{};
  // The handle is leaked on purpose.
  if (dladdr(reinterpret_cast<const void *>(&stay_mapped), &own) != 0 &&
      dlopen(own.dli_fname, RTLD_LAZY | RTLD_NOLOAD | RTLD_NODELETE))
    return;
  const char *const reason = dlerror();
  throw Napi::Error::New(env, std::string("the addon cannot be kept open: ") + (reason ? reason : "it is not found"));
}

static Napi::Object init(Napi::Env env, Napi::Object exports) {
  stay_mapped(env);
  plughost::addon::define_builtin(env, exports);
  plughost::addon::define_calls(env, exports);
  plughost::addon::define_control(env, exports);
  plughost::addon::define_descriptors(env, exports);
  plughost::addon::define_cleanup_hooks(env, exports);
  plughost::addon::define_in_process(env, exports);
  plughost::addon::define_isolated(env, exports);
  plughost::addon::define_job(env, exports);
  plughost::addon::define_plugin_calls(env, exports);
  plughost::addon::define_process_end(env, exports);
  plughost::addon::define_read_ceiling(env, exports);
  plughost::addon::define_read_folder(env, exports);
  plughost::addon::define_registry(env, exports);
  plughost::addon::define_row_descriptions(env, exports);
  plughost::addon::define_sealed_file(env, exports);
  plughost::addon::define_standard_streams(env, exports);
  return exports;
}

NODE_API_MODULE(plughost, init)
