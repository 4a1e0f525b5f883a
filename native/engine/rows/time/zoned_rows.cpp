#include "engine/rows/time/zoned_rows.hpp"

#include <new>

#include "engine/rows/time/local_time.hpp"

namespace plughost {

std::vector<Field> zoned_fields(const std::vector<Field> &fields, const Zone *zone) {
  std::vector<Field> zoned = fields;
  if (zone)
    for (Field &field : zoned)
      if (field.type == PLUG_TIME) field.type = PLUG_TEXT;
  return zoned;
}

ZonedRows::ZonedRows(std::shared_ptr<const Zone> zone, const std::vector<Field> &fields)
    : zone_(std::move(zone)), schema_(zoned_fields(fields, zone_.get())) {
  for (uint32_t i = 0; zone_ && i < fields.size(); i++)
    if (fields[i].type == PLUG_TIME) times_.push_back(i);
  cells_.resize(times_.size());
}

const plug_rows &ZonedRows::of(const plug_rows &rows) {
  if (times_.empty()) return rows;
  const uint64_t block = rows.lines ? rows.lines->block.len : 0;
  made_.clear();
  if (!made_.append(rows.made.data, static_cast<size_t>(rows.made.len))) throw std::bad_alloc();
  columns_.assign(rows.columns, rows.columns + schema_.size());
  for (size_t i = 0; i < times_.size(); i++) {
    plug_column &column = columns_[times_[i]];
    cells_[i].resize(rows.count);
    for (uint32_t row = 0; row < rows.count; row++) {
      if (!plug_has_value(&column, row)) continue;
      char text[kMaxLocalTime];
      const int64_t time = column.cells[row].integer;
      const size_t length = write_local_time(time, zone_->offset_at(time), text);
      const uint64_t offset = block + made_.size();
      if (offset + length > UINT32_MAX || !made_.append(text, length)) throw std::bad_alloc();
      cells_[i][row].text = {static_cast<uint32_t>(offset), static_cast<uint32_t>(length)};
    }
    column.cells = cells_[i].data();
  }
  zoned_ = rows;
  zoned_.schema = &schema_.get();
  zoned_.columns = columns_.data();
  zoned_.made = {made_.bytes().data(), made_.size()};
  return zoned_;
}

}  // namespace plughost
