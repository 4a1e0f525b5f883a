// A parser whose plugin works in runners.
#pragma once

#include <memory>
#include <vector>

#include "engine/isolation/rows/row_wire.hpp"
#include "engine/isolation/runner/runner_pool.hpp"
#include "engine/rows/parser.hpp"

namespace plughost::isolation {

class IsolatedParser : public Parser {
 public:
  IsolatedParser(std::shared_ptr<const IsolatedPlugin> plugin, LineEnd line_end, NamedColumns names);

  bool ordered() const override { return flags_ & PLUG_PARSER_ORDERED; }
  bool open() const override { return flags_ & PLUG_PARSER_OPEN; }
  std::vector<Field> fields() const override { return names_.columns; }
  std::unique_ptr<ParserWorker> worker(const Schema &wanted) const override;
  const void *identity() const override { return identity_; }
  bool isolated() const override { return true; }
  void configure(const RunSetting &setting) override { pool_->configure(setting); }

 private:
  const void *const identity_;
  const std::unique_ptr<RunnerPool> pool_;
  const uint32_t flags_;
  const NamedColumns names_;
};

}  // namespace plughost::isolation
