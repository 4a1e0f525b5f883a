// The plugin of a runner: loaded, asserted, initialised.
#pragma once

#include <optional>
#include <string>

#include "ipc/protocol.hpp"
#include "plughost/exporter.h"
#include "plughost/filter.h"
#include "plughost/plugin.h"
#include "plughost/transform.h"
#include "runner/channel.hpp"

namespace plughost::runner {

// Why there is none.
struct Refused {
  isolation::Refusal refusal;
  int32_t code;
  std::string text;
};

class LoadedPlugin {
 public:
  // Runs the library's constructors and NewPlugin. The steps are told to the channel. Throws Refused.
  explicit LoadedPlugin(const Channel &channel);
  // init. Throws Refused.
  void init(Channel &channel);
  // What it says of itself goes to the results. Throws Refused.
  void describe(const Channel &channel);
  void destroy();

  plug_plugin *instance() const { return instance_; }
  const plug_plugin &calls() const { return calls_; }
  const std::optional<plug_filter> &filter() const { return filter_; }
  const std::optional<plug_transform> &transform() const { return transform_; }
  const std::optional<plug_exporter> &exporter() const { return exporter_; }

 private:
  void check(const void *field, const char *name, bool mandatory) const;
  template <typename Struct>
  std::optional<Struct> extension(const char *id, const char *what, size_t least, isolation::StructCopy *copy) const;

  void *new_plugin_ = nullptr;
  plug_plugin *instance_ = nullptr;
  plug_plugin calls_{};
  std::optional<plug_filter> filter_;
  std::optional<plug_transform> transform_;
  std::optional<plug_exporter> exporter_;
};

}  // namespace plughost::runner
