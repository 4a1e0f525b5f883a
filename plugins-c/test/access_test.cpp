#include "access_parser.hpp"
#include "tests.hpp"

using namespace test;

namespace {

const std::vector<Asked> kAll = {{"host", PLUG_ANY},     {"ident", PLUG_ANY},  {"user", PLUG_ANY},
                                 {"time", PLUG_ANY},     {"method", PLUG_ANY}, {"path", PLUG_ANY},
                                 {"protocol", PLUG_ANY}, {"status", PLUG_ANY}, {"bytes", PLUG_ANY},
                                 {"referer", PLUG_ANY},  {"agent", PLUG_ANY}};

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
      {"1970-01-01T00:00:00+00:00", "0"},
      {"2024-02-29T12:34:56-07:30", "1709237096000000000"},
      {"2023-02-29T00:00:00+00:00", ""},
      {"1970-01-01 00:00:00+00:00", ""},
      {"1970-01-01T00:00:00+0000", ""},
      {"1970-01-01T00:00:00+00.00", ""},
      {"1970-01-01T00:00:00 00:00", ""},
      {"1970/01-01T00:00:00+00:00", ""},
      {"1970-13-01T00:00:00+00:00", ""},
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
      {"", "(skipped)"},
      {"\r", "(skipped)"},
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
