// Rows for JavaScript: an exporter that writes columns as they lie in memory, for typed arrays.
//
// The output is frames, one after the other. Each begins with a FrameHeader, and its size is a multiple of 8, so that
// cells are aligned. A frame of rows has the cells of each column and then its words of valid bits, column by column,
// and then the bytes of all texts. Texts are spans of these bytes. A cell without a value is 0.
#pragma once

#include <cstdint>
#include <memory>

#include "engine/output/export_stage.hpp"

namespace plughost {

struct FrameHeader {
  uint32_t kind;   // 1: a table begins; 2: rows
  uint32_t rows;   // of the frame
  uint64_t bytes;  // of the frame, header included
};

class FrameExportStage : public ExportStage {
 public:
  FrameExportStage() : ExportStage({"rows", nullptr}) {}

  bool rowwise() const override { return true; }
  bool numbers() const override { return false; }
  bool names() const override { return false; }
  bool writes_rows() const override { return true; }
  std::unique_ptr<ExportWorker> worker() const override;
};

}  // namespace plughost
