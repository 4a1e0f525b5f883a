#include "addon/process/process_end.hpp"

#include <dlfcn.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <system_error>
#include <thread>

namespace plughost::addon {
namespace {

// How long to wait for files that a thread of a plugin has locked.
constexpr std::chrono::seconds kFlushTimeout(1);

// Writes what C code has buffered in its files. A thread of a plugin may hold the lock of such a file for ever; after a
// timeout another thread then ends the process with this status.
void flush(int status) {
  static std::atomic<bool> flushed{false};
  try {
    std::thread([status] {
      std::this_thread::sleep_for(kFlushTimeout);
      if (!flushed) _exit(status);
    }).detach();
  } catch (const std::system_error &) {
    return;  // without the timeout, fflush might never return
  }
  fflush(nullptr);
  flushed = true;
}

// Ends the process with this status. Runs no static destructors and no handlers of exit() and quick_exit(): those of
// plugins may crash, hang, print, or change the status.
[[noreturn]] void end(int status) {
  flush(status);
  // The leak check of a sanitizer is such a handler, too, and we want that one.
  if (void *const check = dlsym(RTLD_DEFAULT, "__lsan_do_leak_check")) reinterpret_cast<void (*)()>(check)();
  _exit(status);
}

void end_process(const Napi::CallbackInfo &info) { end(info[0].ToNumber().Int32Value()); }

void skip_exit_handlers(const Napi::CallbackInfo &) {
  static std::atomic<bool> done{false};
  // Handlers run in reverse order. This one is the last to be registered, so it runs first and ends the process.
  if (!done.exchange(true)) on_exit([](int status, void *) { end(status); }, nullptr);
}

}  // namespace

void define_process_end(Napi::Env env, Napi::Object exports) {
  exports["endProcess"] = Napi::Function::New(env, end_process, "endProcess");
  exports["skipExitHandlers"] = Napi::Function::New(env, skip_exit_handlers, "skipExitHandlers");
}

}  // namespace plughost::addon
