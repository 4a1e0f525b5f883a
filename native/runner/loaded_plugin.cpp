#include "runner/loaded_plugin.hpp"

#include <algorithm>
#include <cstdio>
#include <cstring>

#include "engine/stages/stage.hpp"
#include "os/cpu/float_mode.hpp"
#include "os/memory/mappings.hpp"
#include "runner/library/entry_point.hpp"
#include "runner/memory_probe.hpp"

namespace plughost::runner {

using ipc::Refusal;
using ipc::State;

namespace {

[[noreturn]] void refuse(const std::string &text) { throw Refused{Refusal::assertion, 0, text}; }

std::string hex(uint64_t value) {
  char text[24];
  std::snprintf(text, sizeof text, "0x%llx", static_cast<unsigned long long>(value));
  return text;
}

// Returns a copy of a struct of the plugin, cut to `known` bytes. Copies once: the plugin may change its memory between
// a check and a second read. Throws Refused when the memory cannot be read or the struct is too small.
std::vector<uint8_t> copy_struct(const void *address, const std::string &what, const std::string &type, size_t least,
                                 size_t known) {
  uint32_t size = 0;
  if (!can_read(address, sizeof size))
    refuse(what + " is at " + hex(reinterpret_cast<uintptr_t>(address)) + ", where no memory can be read");
  std::memcpy(&size, address, sizeof size);
  if (size < least)
    refuse(what + " says that it has " + std::to_string(size) + " bytes; a " + type +
           " has >= " + std::to_string(least) + " bytes");
  known = std::min<size_t>(size, known);
  if (!can_read(address, known))
    refuse(what + " says that it has " + std::to_string(size) + " bytes, not all of which can be read");
  std::vector<uint8_t> bytes(known);
  std::memcpy(bytes.data(), address, known);
  // The plugin may have written another size meanwhile. The copy states what was copied.
  size = static_cast<uint32_t>(known);
  std::memcpy(bytes.data(), &size, sizeof size);
  return bytes;
}

}  // namespace

LoadedPlugin::LoadedPlugin(const Channel &channel) {
  channel.set_state(State::loading);
  const EntryPoint entry = find_entry_point(channel);
  new_plugin_ = entry.new_plugin;
  if (entry.is_data) {
    if (entry.size > 0 && entry.size < PLUG_PLUGIN_LEAST)
      refuse("NewPlugin is a data object of " + std::to_string(entry.size) +
             " bytes, not a plug_plugin (>= " + std::to_string(PLUG_PLUGIN_LEAST) + " bytes)");
    instance_ = static_cast<plug_plugin *>(new_plugin_);
  } else {
    channel.set_state(State::creating);
    const FloatMode mode;
    instance_ = reinterpret_cast<plug_plugin *(*)()>(new_plugin_)();
    mode.restore();
    if (!instance_) refuse("NewPlugin gave null, not a plug_plugin");
  }
  channel.set_state(State::asserting);
  const char *const what = entry.is_data ? "NewPlugin" : "what NewPlugin gave";
  const auto bytes = copy_struct(instance_, what, "plug_plugin", PLUG_PLUGIN_LEAST, sizeof(plug_plugin));
  calls_ = struct_of<plug_plugin>(bytes.data(), bytes.size());
  if (calls_.magic != PLUG_MAGIC)
    refuse(std::string(what) + " is no plug_plugin: its magic is " + hex(calls_.magic) + ", not " + hex(PLUG_MAGIC));
  if (calls_.abi_major != PLUG_ABI_MAJOR)
    throw Refused{Refusal::abi, 0, std::to_string(calls_.abi_major) + "." + std::to_string(calls_.abi_minor)};
  check_function(reinterpret_cast<void *>(calls_.name), "plug_plugin.name", true);
  check_function(reinterpret_cast<void *>(calls_.run), "plug_plugin.run", true);
  check_function(reinterpret_cast<void *>(calls_.init), "plug_plugin.init", false);
  check_function(reinterpret_cast<void *>(calls_.destroy), "plug_plugin.destroy", false);
  check_function(reinterpret_cast<void *>(calls_.extension), "plug_plugin.extension", false);
}

// Checks that a function lies in the code of the file in which NewPlugin lies. Throws Refused.
void LoadedPlugin::check_function(const void *function, const std::string &name, bool mandatory) const {
  if (!function) {
    if (mandatory) refuse(name + " is null");
    return;
  }
  const auto own = mapping_at(reinterpret_cast<uintptr_t>(new_plugin_));
  const auto mapping = mapping_at(reinterpret_cast<uintptr_t>(function));
  if (own && mapping && mapping->executable && mapping->path == own->path) return;
  const std::string where = !mapping ? "no library"
                                     : std::string("the ") + (mapping->executable ? "code" : "data") + " of " +
                                           (mapping->path.empty() ? "the host" : mapping->path);
  refuse(name + " is " + hex(reinterpret_cast<uintptr_t>(function)) + ", which lies in " + where +
         ", not in the plugin's code");
}

// Returns a checked copy of the plugin's struct of a kind, or nothing when the plugin does not offer the kind.
std::vector<uint8_t> LoadedPlugin::read_kind(const ipc::Kind &kind) const {
  if (!calls_.extension) return {};
  const FloatMode mode;
  const void *const found = calls_.extension(instance_, kind.id);
  mode.restore();
  if (!found) return {};
  const std::string type = kind.type;
  auto bytes = copy_struct(found, std::string("its ") + kind.name, type, kind.least, kind.size);
  const auto head = struct_of<ipc::KindHead>(bytes.data(), bytes.size());
  for (const ipc::KindFunction &function : kind.functions) {
    const void *address = nullptr;
    if (function.offset + sizeof address <= bytes.size())
      std::memcpy(&address, bytes.data() + function.offset, sizeof address);
    check_function(address, type + "." + function.name, function.mandatory);
  }
  check_function(reinterpret_cast<const void *>(head.state_new), type + ".state_new", false);
  check_function(reinterpret_cast<const void *>(head.state_free), type + ".state_free", false);
  if (head.state_new && !head.state_free) refuse(type + " has state_new and no state_free");
  for (const ipc::ExclusiveFlags &flags : kind.exclusive)
    if ((head.flags & flags.both) == flags.both) refuse(type + " is both " + flags.one + " and " + flags.other);
  return bytes;
}

const std::vector<uint8_t> &LoadedPlugin::struct_of_kind(ipc::Role role) const {
  const size_t kind = ipc::kind_index(role);
  if (structs_[kind].empty()) refuse(std::string("it is no ") + ipc::kKinds[kind].name);
  return structs_[kind];
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
  while (length < ipc::kMaxName && can_read(name + length, 1) && name[length]) length++;
  if (length == ipc::kMaxName || !can_read(name + length, 1))
    throw Refused{Refusal::data, 0,
                  "what name gave is no text that ends within " + std::to_string(ipc::kMaxName) + " bytes"};
  results.name_size = static_cast<uint32_t>(length);
  std::memcpy(results.name, name, length);
  for (size_t i = 0; i < ipc::kKindCount; i++) {
    structs_[i] = read_kind(ipc::kKinds[i]);
    ipc::StructCopy &copy = results.structs[i];
    copy.size = static_cast<uint32_t>(structs_[i].size());
    std::copy(structs_[i].begin(), structs_[i].end(), copy.bytes);
  }
}

void LoadedPlugin::destroy() {
  if (calls_.destroy) calls_.destroy(instance_);
}

}  // namespace plughost::runner
