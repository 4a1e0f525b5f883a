// How rows and the names of columns lie in requests and answers. Host and runner share it.
#pragma once

#include <plughost/columns.h>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/rows/row_batch.hpp"
#include "engine/rows/schema.hpp"

namespace plughost::isolation {

// After its lines a request about rows has these parts, each at a multiple of 8 bytes: a RowsHead, the text of the
// columns, for each column its valid words and its cells, then `made`. A request to parse has no rows, and only the
// text. Last are the spans of all lines of the request, in the text that the runner has. Where they are missing, it
// splits the lines itself.
struct RowsHead {
  uint32_t rows;
  uint32_t text;  // bytes of the text of the columns
  uint64_t made;  // bytes
};

// An answer to `parse` has the words of `fits` and of `skipped`, for each column its valid words and its cells, then
// `made`. An answer to `keep` has its words.

// With `restart` the host sends an aggregator the text of its names; with `update`, after the rows, the number of
// groups as 64 bits and the group of each row; with `serialize` numbers of groups; with `merge` for each group its
// number, the size of its bytes, and these, without gaps; with `finish` the first group and their number. All of these
// numbers have 32 bits. It answers `update` with the 64-bit size of its memory; `serialize` with the 64-bit number of
// the groups that it has written, the size of each, then at a multiple of 8 the bytes of all without gaps; and `finish`
// as a parser does, without the words before the columns. It stops serializing after kEnoughBytes, and the host asks
// for the others again.
constexpr size_t kEnoughBytes = 1 << 20;

// Returns the bytes of the valid words and the cells of columns.
constexpr uint64_t columns_size(size_t columns, uint32_t rows) {
  return columns * (words_for(rows) * sizeof(uint64_t) + uint64_t{rows} * sizeof(plug_cell));
}

// The text of columns: for each a digit, which is its type, its name, and a NUL.
std::string text_of_columns(std::span<const Field> columns);
std::string text_of_columns(const plug_schema &schema);
// Returns the columns of a text; nothing when it is none, or has more columns than `most`. Checks no name and no type.
std::optional<std::vector<Field>> columns_of_text(std::string_view text, size_t most = SIZE_MAX);

// The columns that a plugin of another process names, and the revision of its states.
struct NamedColumns {
  std::vector<Field> columns;
  std::vector<Field> outputs;
  uint32_t revision = 0;
};
// The answer to a request for them: a NamesHead, then the texts of columns and outputs.
struct NamesHead {
  uint32_t revision;
  uint32_t columns;  // bytes of their text
};
std::string text_of_names(const NamedColumns &names);
// Returns nothing when the answer of a runner cannot be.
std::optional<NamedColumns> names_of_text(std::string_view text);

}  // namespace plughost::isolation
