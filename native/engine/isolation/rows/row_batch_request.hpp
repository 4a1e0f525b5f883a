// The rows of a batch as requests about their lines, or about a part of them.
#pragma once

#include <plughost/columns.h>

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "engine/isolation/client/request_extra.hpp"
#include "engine/lines/line_batches.hpp"
#include "engine/lines/selection.hpp"

namespace plughost::isolation {

// The lines of one batch, and which rows a part of them is.
class BatchLines {
 public:
  // `lines` must outlive the use of the batch.
  void begin(const plug_lines &lines, uint32_t text);
  // Begins without lines. The batch has `rows` rows, and only all of them can be asked about.
  void begin_without_lines(uint32_t rows);

  const Selection &all() const { return all_; }
  uint32_t rows() const { return rows_; }
  uint32_t text() const { return text_; }
  // Returns the rows of a part, ascending, valid until the next call. `part` has whole lines of the batch.
  std::span<const uint32_t> rows_of(const Selection &part);
  bool is_all(const Selection &part) const { return part.bytes() == all_.bytes(); }
  // Appends where the lines of a part are, so that the runner need not split them again: their spans in the text that
  // it gets, which begins with the window. A batch without lines has none.
  uint64_t spans_size(const Selection &part) { return spans_ ? rows_of(part).size() * sizeof(plug_span) : 0; }
  void pack_spans(const Selection &part, const TextWindows &windows, ipc::Packer *to);
  // Copies the bits of `rows` from one row after the other.
  static void gather(std::span<const uint32_t> rows, const uint64_t *from, uint64_t *to);
  // Does the reverse. Leaves the bits of other rows as they are.
  static void scatter(std::span<const uint32_t> rows, const uint64_t *from, uint64_t *to);

 private:
  const plug_span *spans_ = nullptr;
  uint32_t rows_ = 0;
  uint32_t text_ = 0;
  Selection all_;
  std::vector<uint32_t> each_;  // 0, 1, …
  std::vector<uint32_t> part_;
};

// The columns of a batch and the spans of its lines, packed for the lines of a request.
class PackedRows : public RequestExtra {
 public:
  // All arguments must outlive the use. `block`: the bytes of the text that the lines are in.
  void begin(BatchLines &batch, const plug_rows &rows, uint64_t block);
  // Begins requests that have the names of columns and no rows. `batch`: the lines that they are about; null: none.
  void begin_names(const plug_schema &columns, BatchLines *batch = nullptr);

  uint64_t size(const Selection &in) override { return columns_size(in) + (batch_ ? batch_->spans_size(in) : 0); }
  void pack(const Selection &in, const TextWindows &windows, ipc::Packer *to) override {
    pack_columns(in, windows, to);
    if (batch_) batch_->pack_spans(in, windows, to);
  }
  // The same without the spans.
  uint64_t columns_size(const Selection &in);
  void pack_columns(const Selection &in, const TextWindows &windows, ipc::Packer *to);

 private:
  void pack_column(uint32_t type, const plug_column &column, std::span<const uint32_t> rows, TextWindows::Window window,
                   ipc::Packer *to) const;

  BatchLines *batch_ = nullptr;      // null: no lines and no rows
  const plug_rows *rows_ = nullptr;  // null: no rows
  uint64_t block_ = 0;
  std::string text_;
};

}  // namespace plughost::isolation
