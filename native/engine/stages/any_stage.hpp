// A stage of several filters, of which one must keep the line.
#pragma once

#include <memory>
#include <vector>

#include "engine/stages/stage.hpp"

namespace plughost {

// Keeps the lines that at least one of its filters keeps. Each filter gets only the lines that no earlier filter kept.
// What it counts of rows, its parser and the columns with values are those of the first filter that reads rows.
class AnyStage : public LineStage {
 public:
  // `alternatives` are filters, at least one.
  explicit AnyStage(std::vector<std::unique_ptr<LineStage>> alternatives);

  bool ordered() const override;
  bool reads_rows() const override;
  bool reads_numbers() const override;
  std::string parser_label() const override;
  uint64_t valued() const override;
  bool isolated() const override;
  void configure(const RunSetting &setting) override;
  std::unique_ptr<LineWorker> worker(uint32_t number) const override;
  bool reports_spans(LineKind kind) const override;

 private:
  const LineStage *first_of_rows() const;

  const std::vector<std::unique_ptr<LineStage>> filters_;
};

}  // namespace plughost
