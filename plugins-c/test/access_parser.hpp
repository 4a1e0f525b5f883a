// Calls the parser access like a host, and shows rows as text.
#pragma once

#include "guarded.hpp"
#include "plugin.hpp"

namespace test {

// A block in memory whose 64 bytes after its end can be read, and no more. They are filled with `behind`.
class Block {
 public:
  Block(std::string_view text, char behind) : memory_(text.size() + 64) {
    const std::string padded = std::string(text) + std::string(64, behind);
    bytes_ = {memory_.hold(padded, Guarded::At::end), text.size()};
  }
  plug_bytes bytes() const { return bytes_; }

 private:
  Guarded memory_;
  plug_bytes bytes_;
};

struct Asked {
  const char *name;
  uint32_t type;
};

class Parser {
 public:
  explicit Parser(const std::vector<Asked> &asked, std::string_view config = "{}") : plugin_("access") {
    plugin_.configured(config);
    parser_ = plugin_.extension<plug_parser>(PLUG_PARSER);
    require(parser_, "it is no parser");
    std::vector<plug_field> fields;
    std::vector<const plug_field *> places;
    for (const Asked &column : asked) fields.push_back({sizeof(plug_field), column.type, column.name, nullptr});
    for (const plug_field &field : fields) places.push_back(&field);
    const plug_schema schema{sizeof schema, static_cast<uint32_t>(fields.size()), places.data()};
    Error error;
    state_ = parser_->state_new(plugin_.get(), &error);
    require(state_ && parser_->want(plugin_.get(), state_, &schema, &error) == PLUG_OK, error.text());
    for (const Asked &column : asked) types_.push_back(column.type == PLUG_ANY ? own_type(column.name) : column.type);
  }
  Parser(const Parser &) = delete;
  Parser &operator=(const Parser &) = delete;
  ~Parser() { parser_->state_free(plugin_.get(), state_); }

  // Returns the rows of lines as text: `(none)` for a line that does not fit, `(skipped)` for one that
  // is skipped, otherwise its cells, with `|` between them and nothing for null. A text stands in `'`.
  std::vector<std::string> rows(std::string_view text, char behind = '\n') const {
    const Block block(text, behind);
    const std::vector<plug_span> spans = split(text);
    const size_t words = (spans.size() + 63) / 64;
    std::vector<uint64_t> fits(words), skipped(words);
    std::vector<std::vector<plug_cell>> cells(types_.size(), std::vector<plug_cell>(spans.size()));
    std::vector<std::vector<uint64_t>> valid(types_.size(), std::vector<uint64_t>(words));
    std::vector<plug_column> columns;
    for (size_t k = 0; k < types_.size(); k++) columns.push_back({cells[k].data(), valid[k].data()});
    const plug_lines lines = batch_of(block.bytes(), spans.data(), spans.size());
    Context ctx;
    Error error;
    require(parser_->parse(plugin_.get(), state_, &ctx, &lines, columns.data(), fits.data(), skipped.data(), nullptr,
                           &error) == PLUG_OK,
            error.text());
    std::vector<std::string> rows;
    for (uint32_t i = 0; i < spans.size(); i++) {
      std::string row;
      for (size_t k = 0; k < types_.size(); k++) {
        if (k > 0) row += '|';
        if (!plug_has_value(&columns[k], i)) continue;
        require(fits[i / 64] >> (i % 64) & 1, "a line that does not fit has a value");
        const plug_cell cell = cells[k][i];
        if (types_[k] == PLUG_REAL)
          row += std::to_string(cell.real);
        else if (types_[k] != PLUG_TEXT)
          row += std::to_string(cell.integer);
        else
          row.append("'").append(text.substr(cell.text.offset, cell.text.length)).append("'");
      }
      const bool skip = skipped[i / 64] >> (i % 64) & 1;
      require(!skip || !(fits[i / 64] >> (i % 64) & 1), "a line fits and is skipped");
      rows.push_back(skip ? "(skipped)" : fits[i / 64] >> (i % 64) & 1 ? row : "(none)");
    }
    return rows;
  }

  std::string row(std::string_view line) const { return rows(line).at(0); }

 private:
  uint32_t own_type(const std::string &name) const {
    plug_field field{};
    for (uint32_t i = 0; parser_->field(plugin_.get(), i, &field) == 1; i++)
      if (field.name == name) return field.type;
    return PLUG_TEXT;
  }

  Plugin plugin_;
  const plug_parser *parser_;
  void *state_;
  std::vector<uint32_t> types_;
};

}  // namespace test
