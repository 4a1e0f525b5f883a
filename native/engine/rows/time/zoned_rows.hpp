// Rows whose times are text of a time zone, for exporters, which write times in UTC.
#pragma once

#include <memory>
#include <vector>

#include "engine/plugin/sink.hpp"
#include "engine/rows/row_batch.hpp"
#include "engine/rows/schema.hpp"
#include "engine/rows/time/zone.hpp"

namespace plughost {

// Returns the columns that an exporter sees: as they are without a zone, else with text for each time.
std::vector<Field> zoned_fields(const std::vector<Field> &fields, const Zone *zone);

// Writes the times of rows as RFC 3339 with the offset of a zone. One thread at a time uses an object.
class ZonedRows {
 public:
  // `zone` may be null: rows pass unchanged.
  ZonedRows(std::shared_ptr<const Zone> zone, const std::vector<Field> &fields);

  // The columns of the rows that of() returns.
  const Schema &schema() const { return schema_; }
  // Returns the rows for the exporter, valid until the next call and as long as `rows`, which have the fields of the
  // constructor. Throws std::bad_alloc.
  const plug_rows &of(const plug_rows &rows);

 private:
  const std::shared_ptr<const Zone> zone_;
  const Schema schema_;
  std::vector<uint32_t> times_;  // indexes of the columns that are times
  std::vector<plug_column> columns_;
  std::vector<std::vector<plug_cell>> cells_;  // of each time
  ByteBuffer made_;
  plug_rows zoned_{};
};

}  // namespace plughost
