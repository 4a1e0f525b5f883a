#include "guarded.hpp"
#include "plugin.hpp"
#include "tests.hpp"

using namespace test;

namespace {

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

const std::vector<Asked> kAll = {{"host", PLUG_ANY},     {"ident", PLUG_ANY},  {"user", PLUG_ANY},
                                 {"time", PLUG_ANY},     {"method", PLUG_ANY}, {"path", PLUG_ANY},
                                 {"protocol", PLUG_ANY}, {"status", PLUG_ANY}, {"bytes", PLUG_ANY},
                                 {"referer", PLUG_ANY},  {"agent", PLUG_ANY}};

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

  // Returns the rows of lines as text: `(none)` for a line that does not fit, otherwise its cells, with `|` between
  // them and nothing for null. A text stands in `'`.
  std::vector<std::string> rows(std::string_view text, char behind = '\n') const {
    const Block block(text, behind);
    const std::vector<plug_span> spans = split(text);
    const size_t words = (spans.size() + 63) / 64;
    std::vector<uint64_t> fits(words);
    std::vector<std::vector<plug_cell>> cells(types_.size(), std::vector<plug_cell>(spans.size()));
    std::vector<std::vector<uint64_t>> valid(types_.size(), std::vector<uint64_t>(words));
    std::vector<plug_column> columns;
    for (size_t k = 0; k < types_.size(); k++) columns.push_back({cells[k].data(), valid[k].data()});
    const plug_lines lines = batch_of(block.bytes(), spans.data(), spans.size());
    Context ctx;
    Error error;
    require(
        parser_->parse(plugin_.get(), state_, &ctx, &lines, columns.data(), fits.data(), nullptr, &error) == PLUG_OK,
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
      rows.push_back(fits[i / 64] >> (i % 64) & 1 ? row : "(none)");
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

void require_row(const std::vector<Asked> &columns, const std::string &line, const std::string &wanted) {
  const std::string got = Parser(columns).row(line);
  require(got == wanted, quoted(line) + " gives " + quoted(got) + ", not " + quoted(wanted));
}

const std::string kTime = "[10/Oct/2000:13:55:36 -0700]";

}  // namespace

TEST("access reads every column of a line") {
  require_row(
      kAll, "127.0.0.1 - frank " + kTime + R"~( "GET /a b?c HTTP/1.0" 200 2326 "http://x/" "Mozilla (\"x\")")~",
      R"~('127.0.0.1'||'frank'|971211336000000000|'GET'|'/a b?c'|'HTTP/1.0'|200|2326|'http://x/'|'Mozilla (\"x\")')~");
  require_row(kAll, "::1 id a b " + kTime + R"( "GET /" 304 -)",
              "'::1'|'id'|'a b'|971211336000000000|'GET'|'/'||304|||");
}

TEST("access reads requests of all kinds") {
  const std::pair<const char *, const char *> cases[] = {
      {"GET /a HTTP/1.1", "'GET'|'/a'|'HTTP/1.1'"},
      {"GET /a HTTP/2.0", "'GET'|'/a'|'HTTP/2.0'"},
      {"GET - HTTP/1.1", "'GET'|'-'|'HTTP/1.1'"},
      {"M-SEARCH * HTTP/1.1", "'M-SEARCH'|'*'|'HTTP/1.1'"},
      {"GET /a HTTP/", "'GET'|'/a HTTP/'|"},
      {"GET /a HTTP/1 1", "'GET'|'/a HTTP/1 1'|"},
      {"GET  HTTP/1.1", "'GET'||'HTTP/1.1'"},
      {"GET HTTP/1.1", "'GET'|'HTTP/1.1'|"},
      {"get_x /a", "'get_x'|'/a'|"},
      {"GET ", "'GET'||"},
      {"- /a HTTP/1.1", "||"},
      {"GET", "||"},
      {"-", "||"},
      {"", "||"},
      {R"(\x16\x03\x01 a)", "||"},
      {R"(GET /\" HTTP/1.1)", R"('GET'|'/\"'|'HTTP/1.1')"},
  };
  for (const auto &[request, wanted] : cases)
    require_row({{"method", PLUG_ANY}, {"path", PLUG_ANY}, {"protocol", PLUG_ANY}},
                "h - - " + kTime + " \"" + request + "\" 200 1", wanted);
}

TEST("access believes no time that a calendar does not have") {
  const std::pair<const char *, const char *> cases[] = {
      {"29/Feb/2024:00:00:00 +0000", "1709164800000000000"},
      {"29/Feb/2000:23:59:60 +0000", "951868800000000000"},
      {"29/Feb/2023:00:00:00 +0000", ""},
      {"29/Feb/1900:00:00:00 +0000", ""},
      {"31/Apr/2024:00:00:00 +0000", ""},
      {"00/Apr/2024:00:00:00 +0000", ""},
      {"01/apr/2024:00:00:00 +0000", ""},
      {"01/Jan/1970:00:00:00 -1200", "43200000000000"},
      {"01/Jan/1970:00:00:00 +1400", "-50400000000000"},
      {"01/Jan/1970:00:00:00 +1401", ""},
      {"01/Jan/1970:00:00:00 +9900", ""},
      {"01/Jan/1970:00:00:00 +0060", ""},
      {"01/Jan/1970:24:00:00 +0000", ""},
      {"01/Jan/1970:00:60:00 +0000", ""},
      {"01/Jan/1970:00:00:61 +0000", ""},
      {"01/Jan/1970:0a:00:00 +0000", ""},
      {"01/Jan/1970:00.00:00 +0000", ""},
      {"01/Jan/1970:00:00:00 00000", ""},
      {"01/Jan/1970 00:00:00 +0000", ""},
      {"01/Jan/9999:00:00:00 +0000", ""},
      {"01/Jan/1970:00:00:00.000 +0000", ""},
      {"1970-01-01T00:00:00+00:00", ""},
  };
  for (const auto &[time, wanted] : cases)
    require_row({{"time", PLUG_ANY}}, std::string("h - - [") + time + R"(] "-" 200 1)", wanted);
}

TEST("access refuses lines whose columns are shifted") {
  for (const char *before : {"www.example.com:80 10.0.0.1 - -", "www.example.com:80 10.0.0.1 - frank",
                             "10.0.0.2, 10.0.0.1 - -", "May 17 10:05:03 web nginx: 10.0.0.1 - -",
                             "2023-10-06T00:17:09Z stdout F 10.0.0.1 - -", "web-1  | 10.0.0.1 - -"})
    require_row(kAll, std::string(before) + " " + kTime + R"( "GET / HTTP/1.1" 200 1 "-" "-")", "(none)");
}

TEST("access reads users of all kinds") {
  const std::pair<const char *, const char *> cases[] = {
      {"-", ""},
      {"a [b", "'a [b'"},
      {"[x]", "'[x]'"},
      {"a [b] c", "'a [b] c'"},
      {R"("")", "''"},
      {"a-b", "'a-b'"},
      {"-a b-", "'-a b-'"},
      {R"(a\"b)", R"('a\"b')"},
      {R"(D\\u)", R"('D\\u')"},
      {" ", "' '"},
      {"a] [b", "'a] [b'"},
  };
  for (const auto &[user, wanted] : cases)
    require_row({{"user", PLUG_ANY}}, std::string("h - ") + user + " " + kTime + R"( "GET / HTTP/1.1" 200 1)", wanted);
}

TEST("access knows what it needs of a line") {
  const std::string begin = "h - - " + kTime;
  const std::pair<std::string, const char *> cases[] = {
      {begin + R"( "-" 408 -)", "408||"},
      {begin + R"( "" 400 0)", "400|0|"},
      {begin + R"( "-" - 0)", "|0|"},
      {begin + " \"-\" 200 5\r", "200|5|"},
      {begin + " \"-\" 200 5 \"r\" \"a\"\r", "200|5|'r'"},
      {begin + R"( "-" 200 00000000000000000000000012)", "200|12|"},
      {begin + R"( "-" 200 9223372036854775807)", "200|9223372036854775807|"},
      {begin + R"( "-" 200 9223372036854775808)", "200||"},
      {begin + R"( "-" 200 123456789)", "200|123456789|"},
      {begin + R"( "-" 200 5 "r" "Mozil)", "200|5|'r'"},
      {begin + R"( "-" 200 5 "r" ")", "200|5|'r'"},
      {begin + R"( "-" 200 5 "r")", "200|5|"},
      {begin + R"( "-" 200 5 "r)", "200|5|"},
      {begin + R"( "-" 200 5 "" "a")", "200|5|''"},
      {begin + R"( "-" 200 5 0.002)", "200|5|"},
      {begin + R"( "-" 1000 5)", "(none)"},
      {begin + R"( "-" 20x 5)", "(none)"},
      {begin + R"( "-" 200 5x)", "(none)"},
      {begin + R"( "-" 200 --)", "(none)"},
      {begin + R"( "-" 200 )", "(none)"},
      {begin + R"( "-" 200)", "(none)"},
      {begin + R"( "-"  200 5)", "(none)"},
      {begin + R"( "GET / HTTP/1.1 200 5)", "(none)"},
      {begin + R"( - 200 5)", "(none)"},
      {"h - - [] \"-\" 200 5", "(none)"},
      {"h - -  \"-\" 200 5", "(none)"},
      {"h - - 10/Oct/2000:13:55:36 -0700] \"-\" 200 5", "(none)"},
      {"h -  " + kTime + " \"-\" 200 5", "(none)"},
      {" - - " + kTime + " \"-\" 200 5", "(none)"},
      {"", "(none)"},
      {"\r", "(none)"},
  };
  for (const auto &[line, wanted] : cases)
    require_row({{"status", PLUG_ANY}, {"bytes", PLUG_ANY}, {"referer", PLUG_ANY}}, line + "\n", wanted);
}

TEST("access gives a line the same row wherever it is cut off and whatever follows the block") {
  const std::string line =
      "10.1.2.3 - - " + kTime + R"( "GET /a HTTP/1.1" 200 12345678901 "http://x/" "Mozilla \"5\" x")";
  const Parser parser(kAll);
  for (size_t length = 1; length <= line.size(); length++) {
    const std::string cut = line.substr(0, length);
    const std::string wanted = parser.row(cut + "\n");
    for (const char behind : {'0', ' ', '"', ']', '\\', '-'})
      require(parser.rows(cut, behind).at(0) == wanted, quoted(cut) + " depends on what follows");
  }
}
