#include "addon/isolated/isolated_spec.hpp"

#include <fcntl.h>

#include <memory>
#include <string>
#include <utility>

#include "addon/isolated/sealed_file.hpp"
#include "addon/values/object_reader.hpp"

namespace plughost::addon {

using namespace ipc;
using namespace isolation;

namespace {

constexpr double kNsPerMs = 1e6;

JudgedLibrary library_of(const ObjectReader &from) {
  return {from.text("path"), from.text("name"), sealed_file_of(from.value("copy"))};
}

// A builtin plugin has a name and no copy.
JudgedLibrary plugin_of(const ObjectReader &from) {
  if (!is_builtin(from.text("path"))) return library_of(from);
  return {from.text("path"), "", nullptr};
}

uint64_t ns_of(const ObjectReader &from, const char *name) {
  return static_cast<uint64_t>(from.number(name, ObjectReader::kMaxSafe) * kNsPerMs);
}

}  // namespace

IsolatedPlugin read_isolated_spec(const Napi::Value &value) {
  const ObjectReader from(value, "isolated");
  auto spec = std::make_shared<RunnerSpec>();
  spec->executable = from.text("runner");
  spec->library = plugin_of(from.object("library"));
  from.each("needed", [&](const Napi::Value &library, const std::string &path) {
    spec->needed.push_back(library_of(ObjectReader(library, path)));
  });
  auto folder = std::make_shared<Descriptor>(open(".", O_PATH | O_DIRECTORY | O_CLOEXEC), true);
  if (folder->get() >= 0) spec->folder = std::move(folder);
  spec->label = from.text("label");
  spec->config = from.text("config");
  spec->new_plugin_is_data = from.flag("newPluginIsData");
  spec->new_plugin_size = static_cast<uint32_t>(from.whole("newPluginSize", UINT32_MAX));
  spec->memory = from.whole("memory");
  spec->call_ns = ns_of(from, "callTimeout");
  spec->start_ns = ns_of(from, "startTimeout");
  spec->sandbox = from.flag("sandbox");
  spec->threads = from.flag("threads");
  spec->shares_blocks = from.flag("sharesBlocks");
  spec->compiles = from.flag("compiles");
  spec->readable = from.texts("readable");
  spec->writable = from.texts("writable");
  spec->identities = from.texts("identities");
  IsolatedPlugin plugin;
  plugin.spec = std::move(spec);
  plugin.on_fault = from.enumerator<OnFault>("onFault", "skip, match or stop");
  plugin.max_faults = static_cast<uint32_t>(from.whole("maxFaults", UINT32_MAX));
  return plugin;
}

}  // namespace plughost::addon
