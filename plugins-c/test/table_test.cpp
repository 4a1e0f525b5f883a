#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "plugin.hpp"
#include "tests.hpp"

using namespace test;

namespace {

using Cell = std::variant<std::monostate, int64_t, double, std::string>;

struct Column {
  const char *name;
  uint32_t type;
};

class Table {
 public:
  explicit Table(std::string_view config = "{}") : plugin_("table") {
    plugin_.configured(config);
    calls_ = plugin_.extension<plug_exporter>(PLUG_EXPORTER);
    require(calls_ && !(calls_->flags & PLUG_EXPORTER_ROWWISE), "it does not see all rows in order");
    Error error;
    state_ = calls_->state_new(plugin_.get(), &error);
  }
  Table(const Table &) = delete;
  Table &operator=(const Table &) = delete;
  ~Table() { calls_->state_free(plugin_.get(), state_); }

  void begin(const std::vector<Column> &columns) {
    fields_.clear();
    pointers_.clear();
    for (const Column &column : columns) fields_.push_back({sizeof(plug_field), column.type, column.name, nullptr});
    for (const plug_field &field : fields_) pointers_.push_back(&field);
    schema_ = {sizeof schema_, uint32_t(fields_.size()), pointers_.data()};
    Error error;
    require(calls_->begin_rows(plugin_.get(), state_, &ctx_, &schema_, &sink_, &error) == PLUG_OK, error.text());
  }

  void write(const std::vector<std::vector<Cell>> &rows) {
    std::vector<std::vector<plug_cell>> cells(fields_.size(), std::vector<plug_cell>(rows.size()));
    std::vector<std::vector<uint64_t>> valid(fields_.size(), std::vector<uint64_t>((rows.size() + 63) / 64));
    std::vector<plug_column> columns;
    std::string made;
    for (size_t i = 0; i < fields_.size(); i++) columns.push_back({cells[i].data(), valid[i].data()});
    for (uint32_t row = 0; row < rows.size(); row++)
      for (size_t i = 0; i < fields_.size(); i++) {
        plug_cell cell{};
        const Cell &value = rows[row][i];
        if (const auto *integer = std::get_if<int64_t>(&value)) cell.integer = *integer;
        if (const auto *real = std::get_if<double>(&value)) cell.real = *real;
        if (const auto *text = std::get_if<std::string>(&value)) {
          cell.text = {uint32_t(made.size()), uint32_t(text->size())};
          made += *text;
        }
        if (value.index() > 0) plug_set_value(&columns[i], row, cell);
      }
    // A copy of the exact size, so that a sanitizer sees a read beyond it.
    const std::vector<char> exact(made.begin(), made.end());
    plug_rows all{};
    all.size = sizeof all;
    all.count = uint32_t(rows.size());
    all.schema = &schema_;
    all.columns = columns.data();
    all.made = bytes_of({exact.data(), exact.size()});
    Error error;
    require(calls_->write_rows(plugin_.get(), state_, &ctx_, &all, &sink_, &error) == PLUG_OK, error.text());
  }

  // Writes lines as a host does, into a sink that takes `takes` writes before it must be emptied.
  void write_lines(std::string_view text, size_t takes) {
    const auto spans = split(text);
    for (size_t at = 0; at < spans.size();) {
      const plug_lines lines = batch_of(bytes_of(text), spans.data() + at, spans.size() - at);
      uint32_t taken = lines.count;
      Error error;
      output_ += sink_.take(takes);
      const int32_t status = calls_->write(plugin_.get(), state_, &ctx_, &lines, &taken, &sink_, &error);
      require(status == PLUG_OK || (status == PLUG_ERROR_AGAIN && taken > 0), error.text());
      at += taken;
    }
    output_ += sink_.take(SIZE_MAX);
  }

  void begin_lines() {
    Error error;
    require(calls_->begin(plugin_.get(), state_, &ctx_, &sink_, &error) == PLUG_OK, error.text());
  }

  std::string written() { return std::exchange(output_, {}) + sink_.take(); }

  std::string end() {
    Error error;
    require(calls_->end(plugin_.get(), state_, &ctx_, &sink_, &error) == PLUG_OK, error.text());
    return written();
  }

 private:
  Plugin plugin_;
  const plug_exporter *calls_;
  void *state_;
  std::vector<plug_field> fields_;
  std::vector<const plug_field *> pointers_;
  plug_schema schema_{};
  Context ctx_;
  Sink sink_;
  std::string output_;
};

void require_same(const std::string &got, const std::string &wanted) {
  require(got == wanted, "it wrote\n" + got + "and not\n" + wanted);
}

std::string cell(std::string_view text, std::string_view config = "{}") {
  Table table(config);
  table.begin({{"c", PLUG_TEXT}, {"end", PLUG_TEXT}});
  table.write({{std::string(text), std::string("|")}});
  const std::string all = table.end();
  return all.substr(all.find('\n') + 1);
}

}  // namespace

TEST("table: aligns text on the left and numbers on the right") {
  Table table;
  table.begin({{"path", PLUG_TEXT}, {"count", PLUG_INTEGER}, {"mean", PLUG_REAL}, {"time", PLUG_TIME}});
  table.write({{std::string("/"), int64_t{1234567}, 0.5, int64_t{0}},
               {std::string("/long/path"), int64_t{-1}, {}, {}},
               {{}, {}, 1234.56789, int64_t{1500000000}}});
  require_same(table.end(),
               "path            count       mean  time\n"
               "/           1,234,567        0.5  1970-01-01T00:00:00Z\n"
               "/long/path         -1\n"
               "                       1,234.568  1970-01-01T00:00:01.5Z\n");
}

TEST("table: numbers have separators, and real ones are rounded") {
  Table table("{\"limit\":0}");
  table.begin({{"n", PLUG_INTEGER}, {"x", PLUG_REAL}, {"yes", PLUG_BOOLEAN}});
  table.write({{INT64_MIN, 999.9999, int64_t{1}},
               {int64_t{999}, 0.000012345678, int64_t{0}},
               {int64_t{1000}, -1e300, {}},
               {int64_t{-100}, -123456.5, {}},
               {INT64_MAX, 1e15, {}},
               {int64_t{0}, 0.0, {}}});
  require_same(table.end(),
               "                         n           x  yes\n"
               "-9,223,372,036,854,775,808       1,000  true\n"
               "                       999   1.235e-05  false\n"
               "                     1,000     -1e+300\n"
               "                      -100  -123,456.5\n"
               " 9,223,372,036,854,775,807       1e+15\n"
               "                         0           0\n");
}

TEST("table: shows 40 rows, and counts the others") {
  Table table;
  table.begin({{"n", PLUG_INTEGER}});
  for (int i = 0; i < 16; i++) table.write(std::vector<std::vector<Cell>>(1000, {int64_t{i}}));
  std::string wanted = "n\n";
  for (int i = 0; i < 40; i++) wanted += "0\n";
  require_same(table.end(), wanted + "15,960 more: --limit 0\n");
}

TEST("table: chooses widths from the first 40 rows, and writes each row after them at once") {
  Table table("{\"limit\":0}");
  table.begin({{"text", PLUG_TEXT}, {"n", PLUG_INTEGER}});
  std::string wanted = "text  n\n";
  for (int i = 0; i < 39; i++) {
    table.write({{std::string("a"), int64_t{1}}});
    wanted += "a     1\n";
  }
  require_same(table.written(), "");
  table.write({{std::string("b"), int64_t{2}}});
  require_same(table.written(), wanted + "b     2\n");
  table.write({{std::string("longer"), int64_t{3}}, {std::string("c"), int64_t{1000}}, {{}, int64_t{4}}});
  require_same(table.written(), "longer  3\nc     1,000\n      4\n");
  require_same(table.end(), "");
}

TEST("table: separates tables by an empty line, and writes the names of one without rows") {
  Table table("{\"limit\":1}");
  table.begin({{"a", PLUG_TEXT}});
  table.write({{std::string("x")}, {std::string("y")}});
  table.begin({{"b", PLUG_INTEGER}, {"c", PLUG_TEXT}});
  table.begin({{"d", PLUG_INTEGER}});
  table.write({{int64_t{10}}});
  require_same(table.end(), "a\nx\n1 more: --limit 0\n\nb  c\n\n d\n10\n");
  require_same(Table().end(), "");
}

TEST("table: counts the columns that characters take") {
  require_same(cell("abc"), "abc  |\n");
  require_same(cell("漢字"), "漢字  |\n");
  require_same(cell("e\u0301"), "e\u0301  |\n");
  require_same(cell("👍🏽"), "👍🏽  |\n");
  require_same(cell(""), "   |\n");
  Table table;
  table.begin({{"c", PLUG_TEXT}, {"end", PLUG_TEXT}});
  for (const char *text : {"漢字漢字", "e\u0301e\u0301e\u0301", "ｗ", "12345678", "각", "ไทย"})
    table.write({{std::string(text), std::string("|")}});
  require_same(table.end(),
               "c         end\n漢字漢字  |\ne\u0301e\u0301e\u0301       |\nｗ        |\n12345678  |\n각        |\nไทย  "
               "     |\n");
}

TEST("table: cuts wide text between characters") {
  const char *const five = "{\"width\":5}";
  require_same(cell("12345", five), "12345  |\n");
  require_same(cell("123456", five), "1234…  |\n");
  require_same(cell("漢字漢", five), "漢字…  |\n");
  require_same(cell("a漢字", five), "a漢字  |\n");
  require_same(cell("a漢字b", five), "a漢…  |\n");
  require_same(cell("e\u0301"
                    "2345",
                    five),
               "e\u0301"
               "2345  |\n");
  require_same(cell(std::string(100, 'x')), std::string(79, 'x') + "…  |\n");
  require_same(cell(std::string(100, 'x'), "{\"width\":0}"), std::string(100, 'x') + "  |\n");
  std::string marks = "a";
  for (int i = 0; i < 10'000; i++) marks += "\u0301";
  require(cell(marks).size() < 2000, "characters without a width are not cut");
}

TEST("table: lets nothing through that controls a terminal") {
  require_same(cell("\x1b[31m\a\n\r\t\x7f"), "\\x1b[31m\\x07\\x0a\\x0d\\x09\\x7f  |\n");
  require_same(cell("\u009b\u00ad\u202e\u2028\ufeff\U000e0041"), "\\x9b\\xad\\u202e\\u2028\\ufeff\\u{e0041}  |\n");
  require_same(cell(std::string_view("\0\xff\xc3(\xed\xa0\x80", 7)), "\\x00\\xff\\xc3(\\xed\\xa0\\x80  |\n");
  Table table;
  table.begin({{"\x1b]0;name", PLUG_TEXT}});
  require_same(table.end(), "\\x1b]0;name\n");
}

TEST("table: writes lines too, and again what a full sink did not take") {
  std::string text, wanted = "offset  text\n";
  for (int i = 0; i < 100; i++) {
    wanted += std::string(i == 0 ? 5 : i * 5 < 10 ? 5 : i * 5 < 100 ? 4 : 3, ' ') + std::to_string(i * 5) + "  line\n";
    text += "line\n";
  }
  for (const size_t takes : {1, 2, 7, 1000}) {
    Table table("{\"limit\":0}");
    table.begin_lines();
    table.write_lines(text, takes);
    require_same(table.end(), wanted);
  }
}

TEST("table: refuses options that are none") {
  for (const char *const config : {R"({"limit":-1})", R"({"limit":1.5})", R"({"limit":"a"})", R"({"width":100001})",
                                   R"({"file":1})", R"({"limit":1e300})"}) {
    Error error;
    require(Plugin("table").init(config, &error) == PLUG_ERROR_CONFIG && error.len > 0, config);
  }
}
