// Runs a parser as the engine does, and checks the laws of parsers.
#pragma once

#include <cmath>
#include <optional>

#include "../plugin.hpp"

namespace test {

struct Column {
  std::string name;
  uint32_t type;
};

// What a parser gave of lines.
struct Table {
  std::vector<bool> fits, skipped;
  std::vector<std::vector<std::optional<std::string>>> columns;  // cells as text
  bool operator==(const Table &) const = default;

  // Returns a line for each line: its cells with `|` between them, ~ where there is no value; `skip` if it is
  // skipped, or `no` if it does not fit.
  std::string text() const {
    std::string text;
    for (size_t row = 0; row < fits.size(); row++) {
      for (size_t i = 0; fits[row] && i < columns.size(); i++) {
        if (i > 0) text += '|';
        text += columns[i][row].value_or("~");
      }
      text += fits[row] ? "\n" : skipped[row] ? "skip\n" : "no\n";
    }
    return text;
  }
};

class Parser {
 public:
  explicit Parser(const std::string &name, std::string_view config = "{}") : plugin_(name) {
    plugin_.configured(config);
    parser_ = plugin_.extension<plug_parser>(PLUG_PARSER);
    require(parser_ && parser_->want && parser_->parse, "it is no parser");
  }

  // Returns the type of the cells of a column.
  uint32_t type_of(const Column &column) const {
    plug_field field{};
    for (uint32_t i = 0; column.type == PLUG_ANY && parser_->field && parser_->field(plugin_.get(), i, &field) == 1;
         i++)
      if (column.name == field.name) return field.type;
    return column.type == PLUG_ANY ? PLUG_TEXT : column.type;
  }

  // Returns the status of a state that is asked for these columns.
  int32_t want(const std::vector<Column> &columns) const {
    const State state(*this);
    Error error;
    return want(state.get, columns, &error);
  }

  // Parses a block with batches of `batch` lines. Behind the block stand 64 bytes `behind`.
  Table parse(std::string_view block, const std::vector<Column> &columns, size_t batch = 1024,
              char behind = '\0') const {
    const State state(*this);
    Error error;
    require(want(state.get, columns, &error) == PLUG_OK, error.text());
    std::string copy(block);
    copy.append(64, behind);
    const auto spans = split(block);
    Table table{{}, {}, std::vector<std::vector<std::optional<std::string>>>(columns.size())};
    for (size_t at = 0; at < spans.size(); at += batch)
      add(state.get, batch_of(bytes_of({copy.data(), block.size()}), &spans[at], std::min(batch, spans.size() - at)),
          columns, &table);
    return table;
  }

  // Checks that neither the cut into batches, nor the choice and order of columns, nor what stands behind the block
  // changes a row.
  void check_laws(std::string_view block, const std::vector<Column> &columns) const {
    const Table all = parse(block, columns);
    for (const size_t batch : {1u, 2u, 63u, 64u, 65u})
      require(parse(block, columns, batch) == all, "batches of " + std::to_string(batch) + " change a row");
    for (const char behind : {'"', '=', 'a', '\n'})
      require(parse(block, columns, 64, behind) == all, "what stands behind the block changes a row");
    const Table none = parse(block, {});
    require(none.fits == all.fits && none.skipped == all.skipped, "without columns other lines fit");
    for (size_t i = 0; i < columns.size(); i++)
      for (size_t j = 0; j < columns.size(); j++) {
        const Table two = parse(block, {columns[i], columns[j]});
        require(two.fits == all.fits && two.skipped == all.skipped && two.columns[0] == all.columns[i] &&
                    two.columns[1] == all.columns[j],
                "the columns " + columns[i].name + " and " + columns[j].name + " alone change a row");
      }
  }

 private:
  struct State {
    explicit State(const Parser &of) : parser(of) {
      if (!of.parser_->state_new) return;
      Error error;
      get = of.parser_->state_new(of.plugin_.get(), &error);
      require(get, error.text());
    }
    State(const State &) = delete;
    State &operator=(const State &) = delete;
    ~State() {
      if (get) parser.parser_->state_free(parser.plugin_.get(), get);
    }
    const Parser &parser;
    void *get = nullptr;
  };

  int32_t want(void *state, const std::vector<Column> &columns, Error *error) const {
    // Names and fields live no longer than the call.
    std::vector<plug_field> fields;
    std::vector<const plug_field *> addresses;
    for (const Column &column : columns)
      fields.push_back({sizeof(plug_field), column.type, column.name.c_str(), nullptr});
    for (const plug_field &field : fields) addresses.push_back(&field);
    const plug_schema schema{sizeof(plug_schema), static_cast<uint32_t>(columns.size()), addresses.data()};
    return parser_->want(plugin_.get(), state, &schema, error);
  }

  void add(void *state, const plug_lines &lines, const std::vector<Column> &columns, Table *table) const {
    const size_t words = (lines.count + 63) / 64;
    std::vector<std::vector<plug_cell>> cells(columns.size(), std::vector<plug_cell>(lines.count));
    std::vector<std::vector<uint64_t>> valid(columns.size(), std::vector<uint64_t>(words));
    std::vector<uint64_t> fits(words), skipped(words);
    std::vector<plug_column> given;
    for (size_t i = 0; i < columns.size(); i++) given.push_back({cells[i].data(), valid[i].data()});
    Context ctx;
    Sink sink;
    Error error;
    require(parser_->parse(plugin_.get(), state, &ctx, &lines, given.data(), fits.data(), skipped.data(), &sink,
                           &error) == PLUG_OK,
            error.text());
    const std::string made = sink.take();
    for (uint32_t row = 0; row < words * 64; row++) {
      const bool fit = fits[row / 64] >> row % 64 & 1;
      const bool skip = skipped[row / 64] >> row % 64 & 1;
      require(row < lines.count || (!fit && !skip), "a line that is not there fits");
      require(!fit || !skip, "a line fits and is skipped");
      if (row < lines.count) table->fits.push_back(fit), table->skipped.push_back(skip);
      for (size_t i = 0; i < columns.size(); i++) {
        const bool has = plug_has_value(&given[i], row);
        require(fit || !has, "a line that does not fit has a value");
        if (row >= lines.count) continue;
        table->columns[i].push_back(has ? std::optional(text_of(type_of(columns[i]), cells[i][row], lines, row, made))
                                        : std::nullopt);
      }
    }
  }

  static std::string text_of(uint32_t type, plug_cell cell, const plug_lines &lines, uint32_t row,
                             const std::string &made) {
    if (type == PLUG_REAL) {
      require(!std::isnan(cell.real) && !(cell.real == 0 && std::signbit(cell.real)), "a real is NaN or negative zero");
      char text[40];
      snprintf(text, sizeof text, "%.17g", cell.real);
      return text;
    }
    if (type == PLUG_BOOLEAN) require(cell.integer == 0 || cell.integer == 1, "a boolean is neither 0 nor 1");
    if (type != PLUG_TEXT) return std::to_string(cell.integer);
    const plug_span line = lines.spans[row];
    const uint64_t begin = cell.text.offset, end = begin + cell.text.length;
    if (begin >= lines.block.len) {
      require(end - lines.block.len <= made.size(), "a text lies behind what was made");
      return made.substr(begin - lines.block.len, cell.text.length);
    }
    require(begin >= line.offset && end <= uint64_t{line.offset} + line.length, "a text lies outside of its line");
    return {reinterpret_cast<const char *>(lines.block.data) + begin, cell.text.length};
  }

  Plugin plugin_;
  const plug_parser *parser_;
};

}  // namespace test
