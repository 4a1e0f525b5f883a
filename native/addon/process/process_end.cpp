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

// For the files that plugins have open.
constexpr std::chrono::seconds kPatience(1);

// Writes what plugins have put into files of C. Standard output is not among them: Node has taken its buffer away. A
// thread of a plugin may hold such a file for ever, so this does not wait for long.
void flush(int status) {
  static std::atomic<bool> flushed{false};
  try {
    std::thread([status] {
      std::this_thread::sleep_for(kPatience);
      if (!flushed) _exit(status);
    }).detach();
  } catch (const std::system_error &) {
    return;  // without a guard it may never end
  }
  fflush(nullptr);
  flushed = true;
}

// Ends the process with this status. Static destructors, exit handlers and quick ones are not run: they are code of
// plugins as well, which may crash, hang, print, or end the process with another status.
[[noreturn]] void end(int status) {
  flush(status);
  // The leak check of a sanitizer is such a handler, and is wanted: then _exit tells what it has found.
  if (void *const check = dlsym(RTLD_DEFAULT, "__lsan_do_leak_check")) reinterpret_cast<void (*)()>(check)();
  _exit(status);
}

void end_process(const Napi::CallbackInfo &info) { end(info[0].ToNumber().Int32Value()); }

void skip_exit_handlers(const Napi::CallbackInfo &) {
  static std::atomic<bool> done{false};
  // They run in the reverse of their order, so this is the first and the last of them.
  if (!done.exchange(true)) on_exit([](int status, void *) { end(status); }, nullptr);
}

}  // namespace

void define_process_end(Napi::Env env, Napi::Object exports) {
  exports["endProcess"] = Napi::Function::New(env, end_process, "endProcess");
  exports["skipExitHandlers"] = Napi::Function::New(env, skip_exit_handlers, "skipExitHandlers");
}

}  // namespace plughost::addon
