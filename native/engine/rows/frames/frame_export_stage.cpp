#include "engine/rows/frames/frame_export_stage.hpp"

#include <plughost/columns.h>

#include <cstring>
#include <new>

#include "engine/rows/row_batch.hpp"

namespace plughost {
namespace {

constexpr uint32_t kTableBegins = 1;
constexpr uint32_t kRows = 2;

// Writes frames. It has no state, and no plugin that could fail: only memory may be missing.
class FrameExportWorker : public ExportWorker {
 public:
  // Lines come as rows only.
  void begin(const plug_ctx &, MemorySink *) override {}
  void end(const plug_ctx &, MemorySink *) override {}

  void begin_rows(const plug_ctx &, const plug_schema &, MemorySink *out) override {
    put(FrameHeader{kTableBegins, 0, sizeof(FrameHeader)}, out);
  }

  void write_rows(Content *, const plug_ctx &, const plug_rows &rows, MemorySink *out) override {
    const uint64_t words = words_for(rows.count);
    const uint64_t cells = rows.schema->count * (rows.count + words) * sizeof(uint64_t);
    const uint64_t size = sizeof(FrameHeader) + cells + text_size(rows);
    const uint64_t padded = (size + 7) / 8 * 8;
    if (padded > out->limit()) throw std::bad_alloc();
    uint8_t *const frame = out->buffer().reserve(static_cast<size_t>(padded));
    if (!frame) throw std::bad_alloc();
    const FrameHeader header{kRows, rows.count, padded};
    std::memcpy(frame, &header, sizeof header);
    uint8_t *to = frame + sizeof header;
    uint8_t *text = frame + sizeof header + cells;
    const uint8_t *const texts = text;
    for (uint32_t i = 0; i < rows.schema->count; i++) {
      const plug_column &column = rows.columns[i];
      const bool is_text = rows.schema->fields[i]->type == PLUG_TEXT;
      for (uint32_t row = 0; row < rows.count; row++, to += sizeof(plug_cell)) {
        plug_cell cell{};
        if (plug_has_value(&column, row)) {
          cell = column.cells[row];
          if (is_text) {
            const plug_bytes bytes = plug_text(&rows, cell.text);
            cell.text.offset = static_cast<uint32_t>(text - texts);
            if (bytes.len > 0) std::memcpy(text, bytes.data, static_cast<size_t>(bytes.len));
            text += bytes.len;
          }
        }
        std::memcpy(to, &cell, sizeof cell);
      }
      std::memcpy(to, column.valid, words * sizeof(uint64_t));
      to += words * sizeof(uint64_t);
    }
    std::memset(text, 0, static_cast<size_t>(padded - size));
    out->buffer().commit(static_cast<size_t>(padded));
  }

 private:
  static void put(const FrameHeader &header, MemorySink *out) {
    if (!out->buffer().append(&header, sizeof header)) throw std::bad_alloc();
  }

  // Returns the bytes of all texts. Two columns may have the same text, which then stands twice.
  static uint64_t text_size(const plug_rows &rows) {
    uint64_t size = 0;
    for (uint32_t i = 0; i < rows.schema->count; i++) {
      if (rows.schema->fields[i]->type != PLUG_TEXT) continue;
      const plug_column &column = rows.columns[i];
      for (uint32_t row = 0; row < rows.count; row++)
        if (plug_has_value(&column, row)) size += column.cells[row].text.length;
    }
    return size;
  }
};

}  // namespace

std::unique_ptr<ExportWorker> FrameExportStage::worker() const { return std::make_unique<FrameExportWorker>(); }

}  // namespace plughost
