// What requests to an aggregator have besides lines.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>

#include "engine/isolation/client/request_extra.hpp"
#include "engine/isolation/rows/row_batch_request.hpp"
#include "ipc/wire.hpp"

namespace plughost::isolation {

// Bytes that go with a call.
class PackedBytes : public RequestExtra {
 public:
  explicit PackedBytes(std::span<const uint8_t> bytes) : bytes_(bytes) {}
  // Not a byte more, because the runner takes all of them.
  uint64_t size(const Selection &) override { return bytes_.size(); }
  void pack(const Selection &, const TextWindows &, ipc::Packer *to) override { to->put(bytes_); }

 private:
  const std::span<const uint8_t> bytes_;
};

template <typename Item>
std::span<const uint8_t> raw_bytes(std::span<const Item> items) {
  return {reinterpret_cast<const uint8_t *>(items.data()), items.size_bytes()};
}

// The columns of rows, and the group of each row.
class PackedGroups : public RequestExtra {
 public:
  // All arguments must outlive the use.
  void begin(const plug_lines &lines, uint32_t text, const plug_rows &rows, const uint32_t *group, uint32_t groups) {
    batch_.begin(lines, text);
    rows_.begin(batch_, rows, lines.block.len);
    group_ = group;
    groups_ = groups;
  }
  const Selection &lines() const { return batch_.all(); }
  // Returns how many rows some of the lines are.
  uint32_t rows_of(const Selection &in) { return static_cast<uint32_t>(batch_.rows_of(in).size()); }

  uint64_t size(const Selection &in) override {
    return rows_.columns_size(in) + sizeof(uint64_t) + ipc::aligned(uint64_t{rows_of(in)} * sizeof(uint32_t)) +
           batch_.spans_size(in);
  }
  void pack(const Selection &in, const TextWindows &windows, ipc::Packer *to) override {
    rows_.pack_columns(in, windows, to);
    to->put_one(groups_);
    const auto rows = batch_.rows_of(in);
    if (batch_.is_all(in)) {
      to->put(std::span(group_, rows.size()));
    } else {
      for (const uint32_t row : rows) to->put_packed(group_[row]);
      to->align();
    }
    batch_.pack_spans(in, windows, to);
  }

 private:
  BatchLines batch_;
  PackedRows rows_;
  const uint32_t *group_ = nullptr;
  uint64_t groups_ = 0;
};

}  // namespace plughost::isolation
