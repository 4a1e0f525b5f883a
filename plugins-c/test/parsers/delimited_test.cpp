#include "../filter.hpp"
#include "../tests.hpp"
#include "parser.hpp"

using namespace test;

namespace {

const std::vector<Column> kColumns{{"a", PLUG_TEXT}, {"b", PLUG_INTEGER}, {"c", PLUG_TEXT}, {"b", PLUG_TEXT}};

void expect(std::string_view config, std::string_view lines, const std::vector<Column> &columns,
            const std::string &rows) {
  for (const size_t batch : {1u, 1024u}) {
    const std::string found = Parser("delimited", config).parse(lines, columns, batch).text();
    require(found == rows, quoted(lines) + " gives " + quoted(found) + " instead of " + quoted(rows));
  }
}

}  // namespace

TEST("delimited reads fields with and without quotes, and tells the empty text from none") {
  expect("{\"columns\":\"a,b,c\"}", "x,7,y\r\n\"x,\"\"y\"\"\",\"7\",\n\"\",, z \nx\"y,\"-1\"\"\",\"\"\"\"\n,,\n",
         kColumns, "x|7|y|7\nx,\"y\"|7|~|7\n|~| z |~\nx\"y|~|\"|-1\"\n~|~|~|~\n");
}

TEST("delimited leaves out lines with another number of fields, or with quotes that are wrong") {
  expect("{\"columns\":\"a,b,c\"}", "\na\na,b\na,b,c,d\n\"a,b,c\n\"a\"x,b,c\na,b,\"c\na,b,c\"\n", kColumns,
         "skip\nno\nno\nno\nno\nno\nno\nno\n");
  expect("{\"columns\":\"a\"}", "\nx\n", {{"a", PLUG_TEXT}}, "~\nx\n");
}

TEST("delimited makes no rows of the ends of a field with a newline") {
  expect("{\"columns\":\"a,b,c\"}",
         "1,\"many\nline, with comma\",200\n1,\"many\n\",200\n1,2,\"x\n,\"\"y\"\",,z\"\n\"5\"\" disk\",1,5\" disk\n",
         kColumns, "no\nno\nno\nno\nno\nno\n5\" disk|1|5\" disk|1\n");
  expect("{\"columns\":\"a,b,c\",\"quotes\":false}", "a,b\",c\"\n", kColumns, "a|~|c\"|b\"\n");
  expect("{\"header\":\"w3c\"}", "#Fields: a b c\na 1 c\"\n", kColumns, "skip\na|1|c\"|1\n");
}

TEST("delimited reads the header of a file, in any order of columns") {
  expect("{}",
         "\xef\xbb\xbf"
         "c,a,\"b\",a\r\n1,2,3,4\n5,6\n",
         kColumns, "skip\n2|3|1|3\nno\n");
  expect("{\"separator\":\"tab\",\"quotes\":false}", "a\tb\n\"x\t9\n", kColumns, "skip\n\"x|9|~|9\n");
  expect("{\"separator\":\";\"}", "x;y\n1;2\n", kColumns, "skip\n~|~|~|~\n");
  expect("{}", "\n\r\na,b\n\n1,2\na,b\n", kColumns, "skip\nskip\nskip\nskip\n1|2|~|2\na|~|~|b\n");
  expect("{}", "a\n\nx\n", kColumns, "skip\n~|~|~|~\nx|~|~|~\n");
  expect("{}", "\"a\n\na\nb\n", kColumns, "no\nskip\nno\nno\n");
}

TEST("delimited reads the logs of W3C, whose fields may change") {
  expect("{\"header\":\"w3c\"}",
         "1 2\n#Version: 1.0\n#Fields: date time a\n2015-01-13 00:32:17 -\n#x\n2015-01-13 x \"q q\"\n"
         "#Fields: time b date \n00:32:18 5 2015-01-14\n#Fields:\n00:32:18 5 2015-01-14\n#Fields: time\n00:32:18\n",
         {{"time", PLUG_TIME}, {"time", PLUG_TEXT}, {"date", PLUG_TIME}, {"a", PLUG_TEXT}, {"b", PLUG_INTEGER}},
         "no\nskip\nskip\n1421109137000000000|00:32:17|1421107200000000000|~|~\nskip\n~|x|1421107200000000000|q q|~\n"
         "skip\n1421195538000000000|00:32:18|1421193600000000000|~|5\nskip\n"
         "1421195538000000000|00:32:18|1421193600000000000|~|5\nskip\n~|00:32:18|~|~|~\n");
}

TEST("delimited splits the names of a directive at blanks, tabs and its separator") {
  const std::string three = "x|7|y|7\n";
  expect("{\"header\":\"w3c\",\"separator\":\"tab\"}", "#Fields: a b  c\nx\t7\ty\n#Fields:\ta\tb\tc\t\r\nx\t7\ty\n",
         kColumns, "skip\n" + three + "skip\n" + three);
  expect("{\"header\":\"w3c\"}", "#Fields:\ta \tb\tc\nx 7 y\n#Fields: \t \nx 7 y\n", kColumns,
         "skip\n" + three + "skip\n" + three);
  expect("{\"header\":\"w3c\",\"separator\":\"comma\"}",
         "#Fields: a, b ,c\nx,7,y\n#Fields: a,,b,c,\nx,,7,y,\n#Fields: a b c\nx,7,y\n", kColumns,
         "skip\n" + three + "skip\n" + three + "skip\n" + three);
}

TEST("delimited reads the logs of Zeek") {
  expect("{\"header\":\"zeek\"}",
         "#separator \\x09\n#unset_field\t-\n#fields\tts\ta\tb\n#fieldsets\tx\n#types\ttime\tstring\tint\n"
         "1300475167.096535\t\"q\t7\n-1.5\t(empty)\t-\n1e9\t-\t(empty)\n2011-03-18\t\t1\n"
         "99999999999\tx\t1\n1.\tx\t1\n-\tx\t1\n1,5\tx\t1\n1\tx\n#close\t2011-03-18-19-07-00\n#fields b\n5\n",
         {{"ts", PLUG_TIME}, {"a", PLUG_TEXT}, {"b", PLUG_INTEGER}},
         "skip\nskip\nskip\nskip\nskip\n1300475167096535000|\"q|7\n-1500000000||~\n~|~|~\n1300406400000000000|~|1\n"
         "~|x|1\n~|x|1\n~|x|1\n~|x|1\nno\nskip\nskip\n~|~|5\n");
  expect("{\"header\":\"zeek\",\"separator\":\"|\",\"quotes\":true}", "#fields|a|b|c\n\"x\"|7|y\n", kColumns,
         "skip\nx|7|y|7\n");
}

TEST("delimited takes columns as a list, and separators by their names") {
  for (const char *config :
       {"{\"columns\":[\"a\",\"b\",\"c\"],\"separator\":\"pipe\"}", "{\"columns\":\"a,b,c\",\"separator\":\"|\"}"})
    expect(config, "x|7|y\n", kColumns, "x|7|y|7\n");
  expect("{\"columns\":[\"a\",\"b,c\",\"c\"],\"separator\":\"space\"}", "x 7 y\n",
         {{"b,c", PLUG_INTEGER}, {"c", PLUG_TEXT}}, "7|y\n");
  expect("{\"columns\":\"a,b\",\"separator\":\"semicolon\"}", "x;7\n", {{"b", PLUG_TEXT}}, "7\n");
}

TEST("delimited refuses options and columns that are wrong") {
  for (const char *config : {"{\"header\":\"x\"}",          "{\"separator\":\"\"}",
                             "{\"separator\":\"ab\"}",      "{\"separator\":\"\\\"\"}",
                             "{\"separator\":\"\\u00e9\"}", "{\"columns\":\"a,,b\"}",
                             "{\"columns\":\"a,\"}",        "{\"columns\":\"a,b,a\"}",
                             "{\"columns\":\"\"}",          "{\"columns\":[]}",
                             "{\"columns\":[\"a\",\"\"]}",  "{\"columns\":[\"a\",\"a\"]}",
                             "{\"columns\":[1]}",           "{\"columns\":[\"a\\u0000\"]}",
                             "{\"separator\":\"tabs\"}",    "{\"separator\":\"\\u0000\"}",
                             "{\"separator\":1}",           "{\"columns\":1}",
                             "{\"columns\":\"a\\u0000\"}",  "{\"quotes\":1}"}) {
    Plugin plugin("delimited");
    Error error;
    require(plugin.init(config, &error) == PLUG_ERROR_CONFIG, std::string(config) + " is taken");
  }
  require(Parser("delimited", "{\"columns\":\"a,b\"}").want({{"c", PLUG_TEXT}}) == PLUG_ERROR_CONFIG, "c is taken");
}

TEST("delimited keeps the laws of parsers on hostile lines") {
  Hostile random(4);
  const std::vector<Column> columns{{"a", PLUG_TEXT}, {"b", PLUG_INTEGER}, {"c", PLUG_TEXT},
                                    {"a", PLUG_REAL}, {"time", PLUG_TIME}, {"date", PLUG_TEXT}};
  for (int i = 0; i < 20; i++) {
    const auto hostile = [&](std::string_view alphabet) {
      std::string lines;
      while (lines.size() < 2500) lines += random.bytes(random.below(16), alphabet) + "\n";
      return lines;
    };
    Parser("delimited", "{\"columns\":\"a,b,c\"}")
        .check_laws(hostile("ab1,,\"\r"),
                    columns.size() > 3 ? std::vector(columns.begin(), columns.begin() + 4) : columns);
    Parser("delimited").check_laws("b,a,time\n" + hostile("ab1,,\"\r"), columns);
    Parser("delimited", "{\"header\":\"w3c\"}")
        .check_laws("#Fields: date a time\n" + hostile("a1- \"#") + "#Fields: a\n" + hostile("a1- \"#"), columns);
    Parser("delimited", "{\"header\":\"zeek\"}")
        .check_laws("#fields\tdate\ta\ttime\n" + hostile("a1-.\t#") + "#fields a\n" + hostile("1-.\t\"#"), columns);
  }
}
