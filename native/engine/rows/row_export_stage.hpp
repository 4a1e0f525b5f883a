// An exporter that gets the kept lines as rows.
#pragma once

#include <memory>
#include <vector>

#include "engine/output/export_stage.hpp"
#include "engine/rows/reading/row_reader.hpp"
#include "engine/rows/time/zone.hpp"

namespace plughost {

struct RowExportSpec {
  std::unique_ptr<Parser> parser;
  std::vector<Field> columns;     // in the order in which they are written
  std::vector<uint32_t> numbers;  // indexes of those that are the numbers of lines
  Unparsed unparsed = Unparsed::drop;
  LineEnd line_end = LineEnd::newline;
  std::shared_ptr<const Zone> zone;  // of the times that are written; null: UTC
  std::unique_ptr<Watched> watched;  // never null
};

// Parses the lines that are left, with the columns that are written, and passes the rows to an exporter. Filters before
// it have parsers of their own: parsing the few lines that they leave again costs less than keeping all columns of all
// lines.
class RowExportStage : public ExportStage {
 public:
  // `exporter` writes rows.
  RowExportStage(std::unique_ptr<ExportStage> exporter, RowExportSpec spec);

  // A parser that needs all lines in order needs one worker.
  bool rowwise() const override { return exporter_->rowwise() && !spec_.parser->ordered(); }
  bool numbers() const override { return exporter_->numbers(); }
  bool names() const override { return exporter_->names(); }
  std::string label() const override { return spec_.parser->plugin.label + ", " + exporter_->label(); }
  bool writes_rows() const override { return true; }
  bool parses() const override { return true; }
  bool reads_numbers() const override { return !spec_.numbers.empty(); }
  std::string parser_label() const override { return spec_.parser->plugin.label; }
  uint64_t valued() const override { return spec_.watched->valued(); }
  std::unique_ptr<ExportWorker> worker() const override;
  bool isolated() const override { return exporter_->isolated() || spec_.parser->isolated(); }
  void configure(const RunSetting &setting) override;

  const ExportStage &exporter() const { return *exporter_; }
  const RowExportSpec &spec() const { return spec_; }
  const Schema &schema() const { return schema_; }

 private:
  const std::unique_ptr<ExportStage> exporter_;
  const RowExportSpec spec_;
  const Schema schema_;
};

}  // namespace plughost
