#include "../filter.hpp"
#include "../tests.hpp"
#include "parser.hpp"

using namespace test;

namespace {

const std::vector<Column> kAll{{"time", PLUG_ANY},     {"host", PLUG_ANY},      {"app", PLUG_ANY},
                               {"pid", PLUG_ANY},      {"facility", PLUG_TEXT}, {"severity", PLUG_TEXT},
                               {"message", PLUG_TEXT}, {"msgid", PLUG_ANY},     {"data", PLUG_ANY}};

void expect(std::string_view config, std::string_view lines, const std::string &rows) {
  const std::string found = Parser("syslog", config).parse(lines, kAll).text();
  require(found == rows, quoted(lines) + " gives " + quoted(found) + " instead of " + quoted(rows));
}

}  // namespace

TEST("syslog reads RFC 5424") {
  expect("{}",
         "<165>1 2003-10-11T22:14:15.003Z mymachine.example.com evntslog - ID47 [exampleSDID@32473 iut=\"3\" "
         "eventSource=\"A]\\\"pp\"][x] \xef\xbb\xbf"
         "An application event\n"
         "<34>1 2003-08-24T05:14:15.000003-07:00 h su 77 - - 'su root'\r\n"
         "<0>1 - - - - - -\n"
         "<191>12 2003-13-24T05:14:15Z a b c d - \n",
         "1065910455003000000|mymachine.example.com|evntslog|~|local4|notice|An application event|ID47|"
         "[exampleSDID@32473 iut=\"3\" eventSource=\"A]\\\"pp\"][x]\n"
         "1061727255000003000|h|su|77|auth|crit|'su root'|~|~\n"
         "~|~|~|~|kern|emerg|~|~|~\n"
         "~|a|b|~|local7|debug||d|~\n");
}

TEST("syslog reads RFC 3164, as it is sent and as it is in files") {
  expect("{\"year\":2024,\"zone\":\"+01:00\"}",
         "<34>Oct 11 22:14:15 mymachine su: 'su root' failed\n"
         "Feb  5 17:32:18 10.0.0.99 Use the BFG!\n"
         "Feb 5 17:32:18 combo sshd(pam_unix)[19939]: check pass; user unknown\n"
         "Feb 29 00:00:00 combo syslogd 1.4.1: restart.\n"
         "Feb 30 00:00:00 combo kernel:\n"
         "Jan 01 00:00:00 cron[]: x: y\n"
         "2024-05-07T11:59:43.5+02:00 host app[a1]: http://x\n<7>2024-05-07T11:59:43.5Z host message\n",
         "1728681255000000000|mymachine|su|~|auth|crit|'su root' failed|~|~\n"
         "1707150738000000000|10.0.0.99|~|~|~|~|Use the BFG!|~|~\n"
         "1707150738000000000|combo|sshd(pam_unix)|19939|~|~|check pass; user unknown|~|~\n"
         "1709161200000000000|combo|~|~|~|~|syslogd 1.4.1: restart.|~|~\n"
         "~|combo|kernel|~|~|~||~|~\n"
         "1704063600000000000|~|cron|~|~|~|x: y|~|~\n"
         "1715075983500000000|host|app|~|~|~|http://x|~|~\n"
         "1715083183500000000|host|~|~|kern|debug|message|~|~\n");
  expect("{}", "Feb  5 17:32:18 h a: b\n", "~|h|a|~|~|~|b|~|~\n");
}

TEST("syslog gives facilities and severities by name and by number, and other types") {
  const std::string found =
      Parser("syslog")
          .parse("<11>Feb  5 17:32:18 7 a[b]: 1\n<0>Feb  5 17:32:18 h a: b\n", {{"severity", PLUG_INTEGER},
                                                                                {"severity", PLUG_TEXT},
                                                                                {"facility", PLUG_REAL},
                                                                                {"facility", PLUG_BOOLEAN},
                                                                                {"facility", PLUG_ANY},
                                                                                {"pid", PLUG_TEXT},
                                                                                {"message", PLUG_INTEGER},
                                                                                {"time", PLUG_TEXT}})
          .text();
  require(found == "3|err|1|1|1|b|1|Feb  5 17:32:18\n0|emerg|0|0|0|~|~|Feb  5 17:32:18\n", quoted(found));
}

TEST("syslog leaves out other lines") {
  const std::string lines =
      "\n<34>\n<192>Oct 11 22:14:15 h a: b\n<034>Oct 11 22:14:15 h a: b\n<a>Oct 11 22:14:15 h a: b\nOct 11 22:14:15\n"
      "Oct 11 22:14:15 \nOct 11 22:14 h\nOkt 11 22:14:15 h a: b\n<34>1 2003-10-11T22:14:15Z h a - - [x\n"
      "<34>1 2003-10-11T22:14:15Z h a - - x\n<34>1 2003-10-11T22:14:15Z h a - -\n<34>1 now h a - - -\n"
      "2024-05-07T11:59:43Z INFO started\n2024-05-07 11:59:43 host app: x\n<34>1 2003-10-11T22:14:15Z h a - - [x]y\n";
  const Table table = Parser("syslog").parse(lines, {});
  for (size_t i = 0; i < table.fits.size(); i++)
    require(!table.fits[i] && table.skipped[i] == (i == 0), quoted(table.text()));
}

TEST("syslog refuses options that are no year and no zone") {
  for (const char *config : {"{\"year\":\"x\"}", "{\"year\":-1}", "{\"zone\":\"CET\"}", "{\"zone\":\"\"}",
                             "{\"zone\":\"+24:00\"}", "{\"zone\":1}"}) {
    Plugin plugin("syslog");
    Error error;
    require(plugin.init(config, &error) == PLUG_ERROR_CONFIG, std::string(config) + " is taken");
  }
}

TEST("syslog keeps the laws of parsers on hostile lines") {
  Hostile random(3);
  std::vector<Column> columns = kAll;
  for (Column &column : columns) column.type = column.name == "time" ? PLUG_TIME : PLUG_TEXT;
  columns.push_back({"severity", PLUG_INTEGER});
  const char *const begins[] = {"<34>1 2003-10-11T22:14:15Z ", "<13>Oct  1 22:14:15 ", "Feb 29 22:14:15 ",
                                "2024-05-07T11:59:43 ", "<191>"};
  for (int i = 0; i < 30; i++) {
    std::string lines;
    while (lines.size() < 2500)
      lines += begins[random.below(5)] + random.bytes(random.below(40), "ab1- []:\"\\<>") + "\n";
    Parser("syslog", "{\"year\":2023}").check_laws(lines, columns);
  }
}
