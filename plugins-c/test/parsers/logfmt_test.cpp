#include <clocale>

#include "../filter.hpp"
#include "../tests.hpp"
#include "parser.hpp"

using namespace test;

namespace {

// Returns what the parser reads of lines, as Table::text.
std::string read(std::string_view lines, const std::vector<Column> &columns) {
  return Parser("logfmt").parse(lines, columns).text();
}

void expect(std::string_view lines, const std::vector<Column> &columns, const std::string &rows) {
  const std::string found = read(lines, columns);
  require(found == rows, quoted(lines) + " gives " + quoted(found) + " instead of " + quoted(rows));
}

}  // namespace

TEST("logfmt reads values with and without quotes, empty ones and keys without a value") {
  const std::vector<Column> columns{{"a", PLUG_ANY}, {"b.c", PLUG_TEXT}, {"d", PLUG_TEXT}};
  expect("a=1 b.c=\"two words\" d\n\ta=x=y  d=\r\nd=\"\" a=q\"r", columns, "1|two words|true\nx=y|~|\nq\"r|~|\n");
  expect("a=1 a=2 a\na=1 d d=2\n", columns, "1|~|~\n1|~|true\n");
}

TEST("logfmt resolves escapes of quoted values") {
  expect("v=\"\\\"q\\\" \\\\ \\/ \\n\\t\\u00e9\\ud83d\\ude00\\xff\\U0001F600\"\nv=\"C:\\dir \\ud800 \\u12\"\nv=\\n\n",
         {{"v", PLUG_TEXT}},
         "\"q\" \\ / \n\t\xc3\xa9\xf0\x9f\x98\x80\xff\xf0\x9f\x98\x80\nC:\\dir \xef\xbf\xbd \\u12\n\\n\n");
  expect("v=\"\\u0031\\x30\"\n", {{"v", PLUG_INTEGER}, {"v", PLUG_TEXT}}, "10|10\n");
}

TEST("logfmt leaves out what is no pair, or begins with none") {
  expect("\n   \nword\nword a=1\n=1\na=1 =2\na=\"1\na=\"1\\\"\na=\"1\"b=2\na=1 \"b\"\na=1 b\"c=2\n{\"a\":1}\n",
         {{"a", PLUG_TEXT}}, "skip\nskip\nno\nno\nno\nno\nno\nno\nno\nno\nno\nno\n");
}

TEST("logfmt gives values of the types that are asked for") {
  const std::vector<Column> columns{{"v", PLUG_INTEGER}, {"v", PLUG_REAL}, {"v", PLUG_BOOLEAN}, {"v", PLUG_TIME}};
  expect("v=12\nv=-0.0\nv=true\nx=1 v\nv=2026-01-31T09:30:00.5+01:00\nv=1e400\nv=\nv=x\nv=9223372036854775808\n",
         columns,
         "12|12|~|~\n~|0|~|~\n~|~|1|~\n~|~|1|~\n~|~|~|1769848200500000000\n~|~|~|~\n~|~|~|~\n~|~|~|~\n"
         "~|9.2233720368547758e+18|~|~\n");
}

TEST("reals are the nearest doubles, whatever the locale") {
  const char *locale = std::setlocale(LC_NUMERIC, nullptr);
  const std::string before = locale ? locale : "C";
  for (const char *name : {"C", "de_DE.UTF-8", "C.UTF-8"}) {
    std::setlocale(LC_NUMERIC, name);
    Hostile random(7);
    std::string lines;
    std::vector<std::string> numbers{"1.5",    "2.2250738585072011e-308",
                                     "0.1e-6", "9007199254740993",
                                     "1e23",   "179769313486231580793728971405303415079934132710037826936173778980444"};
    // Halfway between 1 and the next double, and just above it in the digit 900.
    const std::string half = "1.00000000000000011102230246251565404236316680908203125";
    numbers.push_back(half);
    numbers.push_back(half + std::string(900, '0') + "1");
    for (int i = 0; i < 2000; i++)
      numbers.push_back(random.bytes(1 + random.below(22), "0123456789") + "." +
                        random.bytes(random.below(9), "0123456789") + "e" +
                        std::to_string(static_cast<int>(random.below(600)) - 300));
    for (const std::string &number : numbers) lines += "v=" + number + "\n";
    const std::string found = read(lines, {{"v", PLUG_REAL}});
    std::setlocale(LC_NUMERIC, "C");
    std::string wanted;
    for (const std::string &number : numbers) {
      char text[40];
      const double value = strtod(number.c_str(), nullptr);
      snprintf(text, sizeof text, "%.17g", value);
      wanted += std::isinf(value) ? "~\n" : std::string(text) + "\n";
    }
    require(found == wanted, "a number is another one in the locale " + std::string(name));
  }
  std::setlocale(LC_NUMERIC, before.c_str());
}

TEST("logfmt refuses columns that are no keys") {
  for (const char *name : {"", "a b", "a=b", "\"a\"", "a\t"})
    require(Parser("logfmt").want({{name, PLUG_TEXT}}) == PLUG_ERROR_CONFIG, std::string(name) + " is taken");
}

TEST("logfmt keeps the laws of parsers on hostile lines") {
  Hostile random(1);
  const std::vector<Column> columns{{"a", PLUG_TEXT},     {"b", PLUG_INTEGER}, {"a", PLUG_REAL},
                                    {"bb", PLUG_BOOLEAN}, {"ab", PLUG_TIME},   {"b", PLUG_TEXT}};
  for (int i = 0; i < 40; i++) {
    std::string lines;
    while (lines.size() < 3000)
      lines += (random.below(3) > 0 ? "a=" : "") + random.bytes(random.below(90), "ab=\"\\ 1\t") +
               (random.below(2) > 0 ? "\"" : "") + "\n";
    Parser("logfmt").check_laws(lines, columns);
  }
}
