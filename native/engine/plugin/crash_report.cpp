#include "engine/plugin/crash_report.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <utility>

#include "os/process/crash_handler.hpp"

namespace plughost {
namespace {

thread_local const ReportedCall *current = nullptr;
thread_local std::optional<ReportedCall> left_by_exception;
thread_local const std::string *input = nullptr;

void print(const char *text, int length, size_t room) {
  write_to_standard_error(text, static_cast<size_t>(std::clamp<int>(length, 0, static_cast<int>(room) - 1)));
}

// Writes ", in symbol (file+offset)" to `text`.
void describe(const CodePlace &place, char *text, size_t room) {
  const char *const symbol = place.symbol ? place.symbol : "";
  std::snprintf(text, room, ", in %s%s%s+0x%lx%s", symbol, place.symbol ? " (" : "", place.file,
                static_cast<unsigned long>(place.offset), place.symbol ? ")" : "");
}

void report(const char *what) {
  char where[256] = "", block[512] = "", text[1024];
  CodePlace place;
  if (find_foreign_function(&place, false)) describe(place, where, sizeof where);
  if (current->offset >= 0)
    std::snprintf(block, sizeof block, ", at the block from byte %lld of %.200s on",
                  static_cast<long long>(current->offset), input ? input->c_str() : "the input");
  const char *const advice =
      current->offset >= 0 ? "the output ends before that; with --isolate the host survives it and says what it cost"
                           : "it shares the life of its host; with --isolate it would have ended alone";
  const int length = std::snprintf(text, sizeof text, "host: plugin %.100s: %s: %s%s%s\n      %s\n", current->label,
                                   current->operation, what, where, block, advice);
  print(text, length, sizeof text);
}

// Reports a thread that the plugin started: it is in no call of the host, and a plugin's code is on its stack. Threads
// of Node's addons are not reported. Returns whether it reported.
bool report_own_thread(const char *what) {
  if (is_first_thread()) return false;
  CodePlace place;
  if (!find_foreign_function(&place, true)) return false;
  const char *const suffix = std::strrchr(place.file, '.');
  if ((suffix && std::strcmp(suffix, ".node") == 0) || !claim_last_words()) return false;
  char where[256] = "", text[1024];
  describe(place, where, sizeof where);
  const int length = std::snprintf(text, sizeof text,
                                   "host: plugin %.100s: a thread of its own: %s%s\n"
                                   "      it shares the life of its host; with --isolate it would have ended alone\n",
                                   place.file, what, where);
  print(text, length, sizeof text);
  return true;
}

// Called when a signal or a call of exit ends the process. Returns whether a plugin did it.
bool on_end(const char *what) {
  if (!current) return report_own_thread(what);
  if (claim_last_words()) report(what);
  return true;
}

// True in a copy of the host that a plugin made by fork. The copy ends with the plugin's call: if it did the host's
// work, it would write the output a second time.
bool is_copy = false;
[[maybe_unused]] const bool registered = (install_fork_hook([] { is_copy = current != nullptr; }), true);

}  // namespace

PluginCallScope::PluginCallScope(const char *label, const char *operation, int64_t offset)
    : outer_(current), call_{label, operation, offset}, exceptions_(std::uncaught_exceptions()) {
  current = &call_;
}

PluginCallScope::~PluginCallScope() {
  if (is_copy) [[unlikely]]
    std::_Exit(kEndedByPlugin);
  if (std::uncaught_exceptions() > exceptions_) [[unlikely]]
    left_by_exception = call_;
  current = outer_;
  mode_.restore();
  locale_.restore();
}

std::optional<ReportedCall> take_call_left_by_exception() { return std::exchange(left_by_exception, std::nullopt); }

void set_input_of_thread(const std::string *name) { input = name; }

void install_crash_reports() { install_end_hook(on_end); }

}  // namespace plughost
