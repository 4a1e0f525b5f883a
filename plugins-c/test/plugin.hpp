// Opens and configures a built plugin like a host, and has the arguments for its calls.
#pragma once

#include <dlfcn.h>
#include <plughost/plughost.h>

#include <algorithm>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace test {

// Thrown by a test that fails.
inline void require(bool holds, const std::string &otherwise) {
  if (!holds) throw std::runtime_error(otherwise);
}

inline plug_bytes bytes_of(std::string_view text) {
  return {reinterpret_cast<const uint8_t *>(text.data()), text.size()};
}

struct Error : plug_error {
  Error() : plug_error{sizeof(plug_error), 0, UINT64_MAX, 0, {}} {}
  std::string text() const { return {message, len}; }
};

struct Context : plug_ctx {
  Context() : plug_ctx{sizeof(plug_ctx), 0, &word, 0} {}
  Context(const Context &) = delete;
  Context &operator=(const Context &) = delete;
  uint32_t word = PLUG_CANCEL_NONE;
};

// A sink in memory. Checks that the plugin writes nothing beyond the room it reserved, and can be full after a number
// of commits or writes.
class Sink : public plug_sink {
 public:
  explicit Sink(size_t takes = SIZE_MAX)
      : plug_sink{sizeof(plug_sink), 0, this, write_call, reserve_call, commit_call}, takes_(takes) {}
  Sink(const Sink &) = delete;
  Sink &operator=(const Sink &) = delete;

  std::string take(size_t takes) {
    takes_ = takes;
    return std::exchange(text_, {});
  }
  std::string take() { return take(takes_); }

 private:
  static constexpr size_t kGuard = 64;
  static constexpr char kUntouched = '\x5a';

  static Sink *of(plug_sink *sink) { return static_cast<Sink *>(sink->self); }

  int32_t append(const char *data, size_t len) {
    if (takes_ == 0) return PLUG_ERROR_AGAIN;
    takes_--;
    text_.append(data, len);
    return PLUG_OK;
  }

  static int32_t write_call(plug_sink *sink, const void *data, uint64_t len) {
    return of(sink)->append(static_cast<const char *>(data), len);
  }
  static uint8_t *reserve_call(plug_sink *sink, uint64_t len) {
    Sink *self = of(sink);
    self->room_.assign(len + kGuard, kUntouched);
    return reinterpret_cast<uint8_t *>(self->room_.data());
  }
  static int32_t commit_call(plug_sink *sink, uint64_t len) {
    Sink *self = of(sink);
    require(len + kGuard <= self->room_.size(), "more was committed than reserved");
    for (size_t i = self->room_.size() - kGuard; i < self->room_.size(); i++)
      require(self->room_[i] == kUntouched, "something was written behind the room that was reserved");
    return self->append(self->room_.data(), len);
  }

  size_t takes_;
  std::string text_;
  std::string room_;
};

// The folder of the built plugins.
inline std::string &plugin_folder() {
  static std::string folder;
  return folder;
}

class Plugin {
 public:
  // The type of NewPlugin.
  enum class Shape { factory, object };

  explicit Plugin(const std::string &name, Shape shape = Shape::factory) {
    const std::string path = plugin_folder() + "/lib" + name + kSuffix;
    void *library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    require(library, "cannot open " + path);
    void *symbol = dlsym(library, "NewPlugin");
    require(symbol, path + " has no NewPlugin");
    plugin_ =
        shape == Shape::object ? static_cast<plug_plugin *>(symbol) : reinterpret_cast<plug_plugin *(*)()>(symbol)();
    require(plugin_, path + " gives no plugin");
  }
  Plugin(const Plugin &) = delete;
  Plugin &operator=(const Plugin &) = delete;
  ~Plugin() {
    if (plugin_->destroy) plugin_->destroy(plugin_);
  }

  int32_t init(std::string_view config, Error *error) {
    // A copy of the exact size, so that a sanitizer sees a read beyond it.
    const std::vector<char> copy(config.begin(), config.end());
    return plugin_->init ? plugin_->init(plugin_, nullptr, bytes_of({copy.data(), copy.size()}), error) : PLUG_OK;
  }

  Plugin &configured(std::string_view config) {
    Error error;
    const int32_t status = init(config, &error);
    require(status == PLUG_OK, "init refused " + std::string(config) + ": " + error.text());
    return *this;
  }

  std::string name() const { return plugin_->name(plugin_); }

  std::string run() {
    Context ctx;
    Sink sink;
    Error error;
    const int32_t status = plugin_->run(plugin_, &ctx, &sink, &error);
    require(status == PLUG_OK, "run failed: " + error.text());
    return sink.take();
  }

  const plug_plugin *get() const { return plugin_; }

  template <class Extension>
  const Extension *extension(const char *id) const {
    return plugin_->extension ? static_cast<const Extension *>(plugin_->extension(plugin_, id)) : nullptr;
  }

 private:
#if defined(__APPLE__)
  static constexpr const char *kSuffix = ".dylib";
#else
  static constexpr const char *kSuffix = ".so";
#endif
  plug_plugin *plugin_;
};

// Splits lines like a host.
inline std::vector<plug_span> split(std::string_view text) {
  std::vector<plug_span> spans;
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    spans.push_back({static_cast<uint32_t>(at), static_cast<uint32_t>(end - at)});
    at = end + 1;
  }
  return spans;
}

// Makes a batch of lines of a block, without further facts. The caller keeps the block and the spans.
inline plug_lines batch_of(plug_bytes block, const plug_span *spans, size_t count) {
  plug_lines lines{};
  lines.size = sizeof lines;
  lines.count = static_cast<uint32_t>(count);
  lines.spans = spans;
  lines.block = block;
  return lines;
}

// Returns valid UTF-8 as a JSON string.
inline std::string quoted(std::string_view text) {
  std::string json = "\"";
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < 0x20) {
      char escape[8];
      snprintf(escape, sizeof escape, "\\u%04x", c);
      json += escape;
    } else {
      if (c == '"' || c == '\\') json += '\\';
      json += c;
    }
  }
  return json + "\"";
}

}  // namespace test
