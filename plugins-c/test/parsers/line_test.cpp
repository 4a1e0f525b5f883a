#include "../filter.hpp"
#include "../tests.hpp"
#include "parser.hpp"

using namespace test;

TEST("line gives the text of each line, and where it stands") {
  const Parser parser("line");
  const std::string rows = parser
                               .parse("1\n\n-2.5\r\n2026-01-31\n", {{"line", PLUG_ANY},
                                                                    {"length", PLUG_ANY},
                                                                    {"offset", PLUG_ANY},
                                                                    {"input", PLUG_ANY},
                                                                    {"offset", PLUG_TEXT},
                                                                    {"length", PLUG_REAL},
                                                                    {"length", PLUG_BOOLEAN},
                                                                    {"line", PLUG_INTEGER},
                                                                    {"line", PLUG_TIME}})
                               .text();
  const std::string wanted =
      "1|1|0|1|0|1|1|1|~\n|0|2|1|2|0|0|~|~\n-2.5\r|5|3|1|3|5|~|~|~\n2026-01-31|10|9|1|9|10|~|~|1769817600000000000\n";
  require(rows == wanted, "it gives " + quoted(rows));
  require(parser.want({{"number", PLUG_TEXT}}) == PLUG_ERROR_CONFIG, "another column is taken");
  require(parser.want({{"offset", PLUG_TIME}}) == PLUG_ERROR_CONFIG, "an offset is taken as a time");
}

TEST("line keeps the laws of parsers on hostile lines") {
  Hostile random(2);
  for (int i = 0; i < 20; i++)
    Parser("line").check_laws(random.bytes(2000, std::string_view("0.\n\0\r-\xff", 7)), {{"line", PLUG_TEXT},
                                                                                         {"line", PLUG_REAL},
                                                                                         {"length", PLUG_TEXT},
                                                                                         {"offset", PLUG_INTEGER},
                                                                                         {"input", PLUG_BOOLEAN}});
}
