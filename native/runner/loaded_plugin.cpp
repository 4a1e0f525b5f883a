#include "runner/loaded_plugin.hpp"

#include <dlfcn.h>

#include <algorithm>
#include <cstdio>
#include <cstring>

#include "engine/stages/stage.hpp"
#include "os/float_mode.hpp"
#include "os/memory.hpp"
#include "runner/judged_libraries.hpp"
#include "runner/tracer.hpp"

namespace plughost::runner {

using isolation::Refusal;
using isolation::State;
using isolation::StructCopy;

namespace {

[[noreturn]] void refuse(const std::string &text) { throw Refused{Refusal::assertion, 0, text}; }

std::string hex(uint64_t value) {
  char text[24];
  std::snprintf(text, sizeof text, "0x%llx", static_cast<unsigned long long>(value));
  return text;
}

// Copies a struct of the plugin, once, without believing its address or its size.
template <typename Struct>
Struct read(const void *address, const char *what, const char *type, size_t least) {
  uint32_t size = 0;
  if (!can_read(address, sizeof size))
    refuse(std::string(what) + " is at " + hex(reinterpret_cast<uintptr_t>(address)) + ", where no memory can be read");
  std::memcpy(&size, address, sizeof size);
  if (size < least)
    refuse(std::string(what) + " says that it has " + std::to_string(size) + " bytes; a " + type +
           " has >= " + std::to_string(least) + " bytes");
  const size_t known = std::min<size_t>(size, sizeof(Struct));
  if (!can_read(address, known))
    refuse(std::string(what) + " says that it has " + std::to_string(size) + " bytes, not all of which can be read");
  return struct_of<Struct>(address, known);
}

}  // namespace

LoadedPlugin::LoadedPlugin(const Channel &channel) {
  channel.set_state(State::loading);
  const FloatMode mode;
  void *const library = load_judged(channel);
  mode.restore();
  new_plugin_ = dlsym(library, "NewPlugin");
  if (!new_plugin_) throw Refused{Refusal::load, 0, dlerror()};
  const auto &requests = channel.requests();
  if (requests.new_plugin_is_data) {
    if (requests.new_plugin_size > 0 && requests.new_plugin_size < PLUG_PLUGIN_LEAST)
      refuse("NewPlugin is a data object of " + std::to_string(requests.new_plugin_size) +
             " bytes, not a plug_plugin (>= " + std::to_string(PLUG_PLUGIN_LEAST) + " bytes)");
    instance_ = static_cast<plug_plugin *>(new_plugin_);
  } else {
    channel.set_state(State::creating);
    instance_ = reinterpret_cast<plug_plugin *(*)()>(new_plugin_)();
    mode.restore();
    if (!instance_) refuse("NewPlugin gave null, not a plug_plugin");
  }
  channel.set_state(State::asserting);
  const char *const what = requests.new_plugin_is_data ? "NewPlugin" : "what NewPlugin gave";
  calls_ = read<plug_plugin>(instance_, what, "plug_plugin", PLUG_PLUGIN_LEAST);
  if (calls_.magic != PLUG_MAGIC)
    refuse(std::string(what) + " is no plug_plugin: its magic is " + hex(calls_.magic) + ", not " + hex(PLUG_MAGIC));
  if (calls_.abi_major != PLUG_ABI_MAJOR)
    throw Refused{Refusal::abi, 0, std::to_string(calls_.abi_major) + "." + std::to_string(calls_.abi_minor)};
  check(reinterpret_cast<void *>(calls_.name), "plug_plugin.name", true);
  check(reinterpret_cast<void *>(calls_.run), "plug_plugin.run", true);
  check(reinterpret_cast<void *>(calls_.init), "plug_plugin.init", false);
  check(reinterpret_cast<void *>(calls_.destroy), "plug_plugin.destroy", false);
  check(reinterpret_cast<void *>(calls_.extension), "plug_plugin.extension", false);
}

// A function of the plugin lies in the code of the file that NewPlugin lies in.
void LoadedPlugin::check(const void *field, const char *name, bool mandatory) const {
  if (!field) {
    if (mandatory) refuse(std::string(name) + " is null");
    return;
  }
  const auto own = mapping_at(reinterpret_cast<uintptr_t>(new_plugin_));
  const auto mapping = mapping_at(reinterpret_cast<uintptr_t>(field));
  if (own && mapping && mapping->executable && mapping->path == own->path) return;
  const std::string where = !mapping ? "no library"
                                     : std::string("the ") + (mapping->executable ? "code" : "data") + " of " +
                                           (mapping->path.empty() ? "the host" : mapping->path);
  refuse(std::string(name) + " is " + hex(reinterpret_cast<uintptr_t>(field)) + ", which lies in " + where +
         ", not in the plugin's code");
}

template <typename Struct>
std::optional<Struct> LoadedPlugin::extension(const char *id, const char *what, size_t least, StructCopy *copy) const {
  if (!calls_.extension) return std::nullopt;
  const FloatMode mode;
  const void *const found = calls_.extension(instance_, id);
  mode.restore();
  if (!found) return std::nullopt;
  const std::string type = std::string("plug_") + (what + std::strlen("its "));
  const auto checked = read<Struct>(found, what, type.c_str(), least);
  static_assert(sizeof(Struct) <= isolation::kMaxStruct);
  copy->size = sizeof(Struct);
  std::memcpy(copy->bytes, &checked, sizeof checked);
  const auto own = [&](auto function, const char *field, bool mandatory) {
    check(reinterpret_cast<const void *>(function), (type + "." + field).c_str(), mandatory);
  };
  own(checked.state_new, "state_new", false);
  own(checked.state_free, "state_free", false);
  if (checked.state_new && !checked.state_free) refuse(type + " has state_new and no state_free");
  if constexpr (std::is_same_v<Struct, plug_filter>) {
    own(checked.match, "match", true);
    own(checked.match_batch, "match_batch", false);
    own(checked.scan, "scan", false);
    own(checked.literal, "literal", false);
    own(checked.spans, "spans", false);
    constexpr uint32_t kBoth = PLUG_FILTER_LINEWISE | PLUG_FILTER_ORDERED;
    if ((checked.flags & kBoth) == kBoth) refuse(type + " is both LINEWISE and ORDERED");
  } else if constexpr (std::is_same_v<Struct, plug_transform>) {
    own(checked.transform, "transform", true);
    own(checked.transform_batch, "transform_batch", false);
    constexpr uint32_t kBoth = PLUG_TRANSFORM_LINEWISE | PLUG_TRANSFORM_ORDERED;
    if ((checked.flags & kBoth) == kBoth) refuse(type + " is both LINEWISE and ORDERED");
  } else {
    own(checked.begin, "begin", false);
    own(checked.write, "write", true);
    own(checked.end, "end", false);
  }
  return checked;
}

void LoadedPlugin::init(Channel &channel) {
  channel.set_state(State::init);
  if (!calls_.init) return;
  const std::string config = channel.text(channel.requests().config);
  CallError error;
  const FloatMode mode;
  const int32_t status = calls_.init(
      instance_, channel.host(), {reinterpret_cast<const uint8_t *>(config.data()), config.size()}, error.address());
  mode.restore();
  if (status == PLUG_OK) return;
  const std::string message(error.address()->message, std::min<size_t>(error.address()->len, PLUG_ERROR_MESSAGE_MAX));
  if (status > 0) throw Refused{Refusal::contract, status, "init: " + no_such_status(status)};
  if (status == PLUG_ERROR_CONFIG) throw Refused{Refusal::config, status, message};
  throw Refused{Refusal::failed, status, "init: " + message};
}

void LoadedPlugin::describe(const Channel &channel) {
  auto &results = channel.results();
  const FloatMode mode;
  const char *const name = calls_.name(instance_);
  mode.restore();
  size_t length = 0;
  while (length < isolation::kMaxName && can_read(name + length, 1) && name[length]) length++;
  if (length == isolation::kMaxName || !can_read(name + length, 1))
    throw Refused{Refusal::data, 0,
                  "what name gave is no text that ends within " + std::to_string(isolation::kMaxName) + " bytes"};
  results.name_size = static_cast<uint32_t>(length);
  std::memcpy(results.name, name, length);
  filter_ = extension<plug_filter>(PLUG_FILTER, "its filter", PLUG_FILTER_LEAST, &results.filter);
  transform_ = extension<plug_transform>(PLUG_TRANSFORM, "its transform", PLUG_TRANSFORM_LEAST, &results.transform);
  exporter_ = extension<plug_exporter>(PLUG_EXPORTER, "its exporter", PLUG_EXPORTER_LEAST, &results.exporter);
}

void LoadedPlugin::destroy() {
  if (calls_.destroy) calls_.destroy(instance_);
}

}  // namespace plughost::runner
