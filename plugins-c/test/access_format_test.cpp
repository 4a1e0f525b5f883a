#include "access_parser.hpp"
#include "tests.hpp"

using namespace test;

namespace {

std::string config_of(std::string_view format) { return "{\"format\":" + quoted(format) + "}"; }

// Returns the names and types of a format's columns.
std::string columns_of(std::string_view format) {
  Plugin plugin("access");
  plugin.configured(config_of(format));
  const auto *parser = plugin.extension<plug_parser>(PLUG_PARSER);
  std::string columns;
  plug_field field{};
  for (uint32_t i = 0; parser->field(plugin.get(), i, &field) == 1; i++)
    columns.append(i > 0 ? " " : "").append(field.name).append(":").append(std::to_string(field.type));
  return columns;
}

std::string refusal_of(std::string_view format) {
  Plugin plugin("access");
  Error error;
  const int32_t status = plugin.init(config_of(format), &error);
  require(status == PLUG_ERROR_CONFIG, quoted(format) + " gives status " + std::to_string(status));
  return error.text();
}

void require_same(const std::string &got, const std::string &wanted, std::string_view of) {
  require(got == wanted, quoted(of) + " gives " + quoted(got) + ", not " + quoted(wanted));
}

const std::string kTime = "10/Oct/2000:13:55:36 -0700";

}  // namespace

TEST("access knows the columns of a format") {
  const std::pair<const char *, const char *> cases[] = {
      {R"($remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent")",
       "host:1 user:1 time:4 method:1 path:1 protocol:1 status:2 bytes:2 referer:1 agent:1"},
      {R"(%h %l %u %t "%r" %>s %b "%{Referer}i" "%{user-agent}i")",
       "host:1 ident:1 user:1 time:4 method:1 path:1 protocol:1 status:2 bytes:2 referer:1 agent:1"},
      {R"(%v:%p %h %l %u %t \"%r\" %>s %O \"%{Referer}i\" \"%{User-Agent}i\")",
       "vhost:1 port:1 host:1 ident:1 user:1 time:4 method:1 path:1 protocol:1 status:2 bytes:2 referer:1 agent:1"},
      {"$request_method $request_uri $server_protocol ${request_time}s", "method:1 path:1 protocol:1 request_time:1"},
      {"$host $remote_addr", "vhost:1 host:1"},
      {"$request_method $request $request_uri", "request_method:1 method:1 path:1 protocol:1 request_uri:1"},
      {"$msec $status", "time:4 status:2"},
      {"$msec [$time_local] $time_iso8601", "msec:1 time:4 time_iso8601:1"},
      {"%{usec}t %{end:msec}t %{msec_frac}t %{SEC}t", "time:4 end_msec:1 msec_frac:1 t:1"},
      {"%{begin:sec}t %t %{%s}x", "sec:1 time:4 x:1"},
      {"[%{%d/%b/%Y:%H:%M:%S %z}t] %h %{%d/%b/%Y:%T %z}t", "time:4 host:1 t:1"},
      {R"("%m %U%q %H" %q)", "method:1 path:1 protocol:1 q:1"},
      {R"("%r" %U%q.)", "method:1 path:1 protocol:1 U:1"},
      {"%b %O %I %a %h %D %{ms}T %{X-Id}i %{%d}t %!200,304{Referer}i %^FB %% %s",
       "bytes:2 O:1 I:1 host:1 h:1 D:1 T:1 X-Id:1 t:1 referer:1 ^FB:1 status:2"},
  };
  for (const auto &[format, wanted] : cases) require_same(columns_of(format), wanted, format);
}

TEST("access says what is wrong with a format, and where") {
  const std::string wrong = "the option \"format\" is wrong at byte ";
  const std::pair<std::string, std::string> cases[] = {
      {"%h%l", "3, at %l: no text is between this variable and the one before it"},
      {"$a $", "4, at $: the name of a variable is needed after $"},
      {"$a ${b", "4, at ${b: } is missing"},
      {"${}", "1, at ${}: the name of a variable is needed after $"},
      {"%h %{x", "4, at %{x: } is missing"},
      {"%h %{}i", "4, at %{}i: the braces are empty"},
      {"%h %{a b}i", "7, at  b}i: a name has no such byte"},
      {"%U %{a b}i%q", "7, at  b}i%q: a name has no such byte"},
      {"%h%q", "3, at %q: no text is between this variable and the one before it"},
      {"%U%q%q", "5, at %q: no text is between this variable and the one before it"},
      {"%h %{%d/%b/%Y %T}t",
       "4, at %{%d/%b/%Y %T}t: of formats of strftime with blanks, only %d/%b/%Y:%H:%M:%S %z is read; write %t or "
       "%{sec}t"},
      {"%", "1, at %: the letter of a variable is needed after %"},
      {"%h %>\xc3\xa4", "4, at %>??: the letter of a variable is needed after %"},
      {"%^F", "1, at %^F: the letter of a variable is needed after %"},
      {"%{host}i %h", "10, at %h: a column of this name is there already"},
      {"%h %h %h", "7, at %h: a column of this name is there already"},
      {"$x $x and more than twenty-four bytes",
       "4, at $x and more than twenty-: a column of this name is there already"},
      {"%h\n%l", "3, at ?%l: no line has a line break in it"},
      {"no variable", "12: it has no variable"},
      {"", "1: it has no variable"},
  };
  for (const auto &[format, why] : cases) require_same(refusal_of(format), wrong + why, format);
  std::string many;
  for (int i = 0; i < 65; i++) many += "$v" + std::to_string(i) + " ";
  require_same(refusal_of(many), wrong + "311, at $v64 : more than 64 variables", many);
  Plugin plugin("access");
  Error error;
  require(plugin.init(R"({"format":1})", &error) == PLUG_ERROR_CONFIG, "a number was taken");
  require_same(error.text(), "the option \"format\" is not a string", "a number");
}

TEST("access splits lines by a format") {
  const char *nginx =
      R"($remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_user_agent" $request_time)";
  const std::vector<Asked> columns = {{"host", PLUG_ANY},  {"user", PLUG_ANY},         {"time", PLUG_ANY},
                                      {"path", PLUG_ANY},  {"status", PLUG_ANY},       {"bytes", PLUG_ANY},
                                      {"agent", PLUG_ANY}, {"request_time", PLUG_REAL}};
  const std::string begin = "10.0.0.1 - ", time = " [" + kTime + "] ";
  const std::pair<std::string, const char *> cases[] = {
      {begin + "-" + time + R"("GET /a HTTP/1.1" 200 5 "curl" 0.25)",
       "'10.0.0.1'||971211336000000000|'/a'|200|5|'curl'|0.250000"},
      {begin + "a [b" + time + R"("-" 400 0 "a \" b" -)" + "\r",
       R"('10.0.0.1'|'a [b'|971211336000000000||400|0|'a \" b'|)"},
      {begin + R"("")" + time + R"("-" 400 0 "" 1)", "'10.0.0.1'|''|971211336000000000||400|0|''|1.000000"},
      {begin + "- -" + time + R"("-" 400 0 "" 1)", "'10.0.0.1'|'- -'|971211336000000000||400|0|''|1.000000"},
      {begin + "-" + time + R"("-" 2000 0 "" 1)", "(none)"},
      {begin + "-" + time + R"("-" 200 x "" 1)", "(none)"},
      {begin + "-" + time + R"("-" 200 0 "" )", "'10.0.0.1'||971211336000000000||200|0|''|"},
      {begin + "-" + time + R"("-" 200 0 "")", "(none)"},
      {begin + "- [10/Oct/2000] " + R"("-" 200 0 "" 1)", "(none)"},
      {"", "(skipped)"},
  };
  const Parser parser(columns, config_of(nginx));
  for (const auto &[line, wanted] : cases) require_same(parser.row(line + "\n"), wanted, line);

  const Parser ends({{"a", PLUG_ANY}, {"time", PLUG_ANY}}, config_of(R"(at ${time_iso8601}: "$a".)"));
  require_same(ends.row("at 2000-10-10T13:55:36-07:00: \"x\"y\".\n"), R"('x"y'|971211336000000000)",
               "a quote in the last value");
  require_same(ends.row("at 2000-10-10T13:55:36-07:00: \"x\"\n"), "(none)", "an end that is missing");
  require_same(ends.row("in 2000-10-10T13:55:36-07:00: \"x\".\n"), "(none)", "another beginning");

  const Parser apache(
      {{"vhost", PLUG_ANY}, {"port", PLUG_INTEGER}, {"host", PLUG_ANY}, {"time", PLUG_ANY}, {"D", PLUG_INTEGER}},
      config_of(R"(%v:%p %h %t \"%r\" 100%% %D)"));
  require_same(apache.row("example.com:80 ::1 [" + kTime + "] \"GET /\" 100% 17\n"),
               "'example.com'|80|'::1'|971211336000000000|17", "a line of Apache");
}

TEST("access reads times that are numbers since 1970") {
  const char *const second = "1431857103000000000";
  const std::pair<const char *, std::pair<const char *, std::string>> cases[] = {
      {"$msec $status", {"1431857103.250 1", "1431857103250000000"}},
      {"$msec $status", {"1431857103 1", second}},
      {"%{sec}t %s", {"1431857103 1", second}},
      {"%{%s}t %s", {"0 1", "0"}},
      {"%{msec}t %s", {"1431857103250 1", "1431857103250000000"}},
      {"%{end:usec}t %s", {"1431857103250001 1", "1431857103250001000"}},
      {"%{usec}t %s", {"9223372036854775 1", "9223372036854775000"}},
      {"%{usec}t %s", {"9223372036854776 1", ""}},
      {"$msec $status", {"9223372036.854775807 1", "9223372036854775807"}},
      {"$msec $status", {"9223372036.854775808 1", ""}},
      {"$msec $status", {"- 1", ""}},
      {"$msec $status", {" 1", ""}},
      {"$msec $status", {"-1 1", ""}},
      {"$msec $status", {"1. 1", ""}},
      {"$msec $status", {"1.5x 1", ""}},
      {"[%{%d/%b/%Y:%T %z}t] %s", {"[17/May/2015:12:05:03 +0200] 1", second}},
  };
  for (const auto &[format, line] : cases) {
    const Parser parser({{"time", PLUG_ANY}}, config_of(format));
    require_same(parser.row(std::string(line.first) + "\n"), line.second, line.first);
  }
}

TEST("access reads texts as times") {
  const Parser parser({{"t", PLUG_TIME}, {"agent", PLUG_TIME}, {"time_local", PLUG_TIME}, {"time", PLUG_ANY}},
                      config_of(R"($time_iso8601 $t "$http_user_agent" [$time_local])"));
  const std::string time = "2000-10-10T13:55:36-07:00", ns = "971211336000000000";
  require_same(parser.row(time + R"( 2000-10-10T20:55:36,5Z "2000-10-10" [)" + kTime + "]\n"),
               "971211336500000000|971136000000000000|" + ns + "|" + ns, "texts that are times");
  require_same(parser.row(time + R"( - "curl" [)" + kTime + "]\n"), "||" + ns + "|" + ns, "texts that are none");

  const Parser plain({{"agent", PLUG_TIME}, {"path", PLUG_TIME}});
  require_same(
      plain.row(R"(h - - [)" + kTime + R"(] "GET 2000-10-10 HTTP/1.1" 200 5 "-" "2000-10-10T20:55:36Z")" + "\n"),
      ns + "|971136000000000000", "a line without a format");
  require_same(plain.row(R"(h - - [)" + kTime + R"(] "-" 200 5)" + "\n"), "|", "a line that has neither");
}

TEST("access reads a path that holds blanks up to its protocol") {
  const Parser parser({{"method", PLUG_ANY}, {"path", PLUG_ANY}, {"protocol", PLUG_ANY}, {"status", PLUG_ANY}},
                      config_of(R"("%m %U%q %H" %>s "%{User-Agent}i")"));
  const std::pair<const char *, const char *> cases[] = {
      {R"("GET /a?x=1 HTTP/1.1" 200 "curl")", "'GET'|'/a?x=1'|'HTTP/1.1'|200"},
      {R"("GET /a b c?x=1 HTTP/2.0" 200 "curl")", "'GET'|'/a b c?x=1'|'HTTP/2.0'|200"},
      {R"("GET /a \" b HTTP/1.1" 200 "curl")", R"('GET'|'/a \" b'|'HTTP/1.1'|200)"},
      {R"("- - -" 408 "a HTTP/1.1")", "|||408"},
      {R"("GET /a b" 200 "a HTTP/1.1" 200 "x")", "'GET'|'/a'|'b'|200"},
      {R"("GET /a" 200 "curl")", "(none)"},
  };
  for (const auto &[line, wanted] : cases) require_same(parser.row(std::string(line) + "\n"), wanted, line);
}

TEST("access splits a line by a format alike wherever it is cut off and whatever follows the block") {
  const std::string line = "10.1.2.3 - - [" + kTime + R"(] "GET /a HTTP/1.1" 200 12 "x \"5\" y")";
  const Parser parser({{"host", PLUG_ANY}, {"path", PLUG_ANY}, {"agent", PLUG_ANY}},
                      config_of(R"(%h %l %u %t "%r" %>s %b "%{User-Agent}i")"));
  int fitting = 0;
  for (size_t length = 1; length <= line.size(); length++) {
    const std::string cut = line.substr(0, length);
    const std::string wanted = parser.row(cut + "\n");
    fitting += wanted != "(none)";
    for (const char behind : {'0', ' ', '"', ']', '\\', '-'}) require_same(parser.rows(cut, behind).at(0), wanted, cut);
  }
  // The whole line, and those that end at a quote within its last value.
  require(fitting == 3, std::to_string(fitting) + " of the lines fit");
}
