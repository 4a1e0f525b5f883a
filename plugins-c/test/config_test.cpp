#include <plughost/config.h>

#include <random>

#include "plugin.hpp"
#include "tests.hpp"

using namespace test;

namespace {

// Returns the result of a reader as text: its status, and the value if there is one.
std::string string_of(std::string_view config, const char *key, uint64_t capacity = 64) {
  // Copies of the exact size, so that a sanitizer sees a read or write beyond them.
  const std::vector<char> copy(config.begin(), config.end());
  std::vector<uint8_t> value(capacity);
  uint64_t len = 0;
  const int status = plug_config_string(bytes_of({copy.data(), copy.size()}), key, value.data(), capacity, &len);
  std::string answer = std::to_string(status);
  if (status == 1) answer.append(" ").append(value.begin(), value.begin() + static_cast<long>(len));
  return answer;
}

// Returns the strings of an array, each in brackets, at most `most` of them.
std::string strings_of(std::string_view config, uint64_t capacity = 64, int most = 99) {
  const std::vector<char> copy(config.begin(), config.end());
  std::vector<uint8_t> room(capacity);
  struct Taken {
    std::string text;
    int left;
  } taken{"", most};
  const int status = plug_config_strings(
      bytes_of({copy.data(), copy.size()}), "k", room.data(), capacity,
      [](void *context, const uint8_t *text, uint64_t len) {
        auto *into = static_cast<Taken *>(context);
        into->text.append("[").append(text, text + len).append("]");
        return into->left-- > 0 ? 1 : 0;
      },
      &taken);
  return std::to_string(status) + (status == 1 ? " " + taken.text : "");
}

std::string bool_of(std::string_view config, const char *key) {
  const std::vector<char> copy(config.begin(), config.end());
  int value = 7;
  const int status = plug_config_bool(bytes_of({copy.data(), copy.size()}), key, &value);
  require(status == 1 || value == 7, "the value was changed though there is none");
  return std::to_string(status) + (status == 1 ? value ? " true" : " false" : "");
}

std::string number_of(std::string_view config, const char *key) {
  const std::vector<char> copy(config.begin(), config.end());
  double value = 7;
  const int status = plug_config_number(bytes_of({copy.data(), copy.size()}), key, &value);
  require(status == 1 || value == 7, "the value was changed though there is none");
  char text[64];
  snprintf(text, sizeof text, " %.17g", value);
  return std::to_string(status) + (status == 1 ? text : "");
}

void require_answer(const std::string &got, const std::string &wanted, std::string_view config) {
  require(got == wanted, std::string(config) + " gives " + quoted(got) + ", not " + quoted(wanted));
}

}  // namespace

TEST("a config's strings are read, with every escape of JSON") {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {R"({"k":"plain"})", "1 plain"},
      {R"({"k":""})", "1 "},
      {R"( { "a" : [ 1 , { "k" : "no" } ] , "k" : "yes" } )", "1 yes"},
      {R"({"a":"}\",\"k\":","k":"yes"})", "1 yes"},
      {R"({"k":"\"\\\/\b\f\n\r\t"})", "1 \"\\/\b\f\n\r\t"},
      {R"({"k":"\u0041\u00e9\u20AC\ud83d\ude00"})", "1 A\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"},
      {R"({"\u006b":"by an escaped key"})", "1 by an escaped key"},
      {"{\"k\":\"\xc3\xa9\"}", "1 \xc3\xa9"},
      {R"({"k":"first","k":"second"})", "1 first"},
      {R"({"kk":"longer","":"shorter"})", "0"},
      {R"({})", "0"},
      {R"({"a":null,"b":-1.5e3,"c":true})", "0"},
      {R"({"k":5})", "-1"},
      {R"({"k":null})", "-1"},
      {R"({"k":["v"]})", "-1"},
      {R"({"k":"\ud83d"})", "-1"},
      {R"({"k":"\ude00"})", "-1"},
      {R"({"k":"\ud83d\u0041"})", "-1"},
      {R"({"k":"a\udcff\udc80\u00ff"})", "1 a\xff\x80\xc3\xbf"},
      {R"({"k":"\udc7f"})", "-1"},
      {R"({"k":"\udd00"})", "-1"},
      {R"({"k":"\u00g0"})", "-1"},
      {R"({"k":"\x"})", "-1"},
      {R"({"k":"open)", "-1"},
      {R"({"k":"v")", "-1"},
      {R"({"k":"v" "x"})", "-1"},
      {R"({"k" "v"})", "-1"},
      {R"({"a":1,})", "-1"},
      {"{\"k\":\"a\nb\"}", "-1"},
      {R"(["k"])", "-1"},
      {"", "-1"},
  };
  for (const auto &[config, answer] : cases) require_answer(string_of(config, "k"), std::string(answer), config);
  require_answer(string_of(R"({"k":"a\u0000b"})", "k"), std::string("1 a\0b", 5), "a string with NUL");
}

TEST("a config's string that does not fit is refused, whole characters or not") {
  require_answer(string_of(R"({"k":"1234"})", "k", 4), "1 1234", "four bytes in four");
  require_answer(string_of(R"({"k":"1234"})", "k", 3), "-1", "four bytes in three");
  require_answer(string_of(R"({"k":"12\u20ac"})", "k", 4), "-1", "five bytes in four");
  require_answer(string_of(R"({"k":""})", "k", 0), "1 ", "no bytes in none");
}

TEST("a config's arrays of strings are read") {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {R"({"k":["a","","\u00e9\n"]})", "1 [a][][\xc3\xa9\n]"},
      {R"({"a":["x"], "k" : [ "b" , "c" ] , "z" : 1 })", "1 [b][c]"},
      {R"({"k":[]})", "1 "},
      {R"({"k":[ ]})", "1 "},
      {R"({"a":["k"]})", "0"},
      {R"({"k":"a"})", "-1"},
      {R"({"k":["a",1]})", "-1"},
      {R"({"k":["a" "b"]})", "-1"},
      {R"({"k":["a",]})", "-1"},
      {R"({"k":[,"a"]})", "-1"},
      {R"({"k":["a"})", "-1"},
      {R"({"k":["a")", "-1"},
      {R"({"k":["a"])", "-1"},
      {R"({"k":["a\x"]})", "-1"},
      {R"({"k":{"0":"a"}})", "-1"},
      {R"({"k":null})", "-1"},
  };
  for (const auto &[config, answer] : cases) require_answer(strings_of(config), std::string(answer), config);
  require_answer(strings_of(R"({"k":["12","34"]})", 4), "1 [12][34]", "four bytes in four");
  require_answer(strings_of(R"({"k":["12","34"]})", 3), "-1", "four bytes in three");
  require_answer(strings_of(R"({"k":["1","2","3"]})", 64, 2), "-1", "three strings where two are taken");
}

TEST("a config's booleans are read") {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {R"({"k":true})", "1 true"}, {R"({"k": false })", "1 false"}, {R"({"a":true})", "0"},
      {R"({"k":1})", "-1"},        {R"({"k":"true"})", "-1"},       {R"({"k":truest})", "-1"},
      {R"({"k":tru)", "-1"},       {R"({"k":true)", "-1"},          {R"({"k":null})", "-1"},
  };
  for (const auto &[config, answer] : cases) require_answer(bool_of(config, "k"), std::string(answer), config);
}

TEST("a config's numbers are read") {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {R"({"k":0})", "1 0"},
      {R"({"k":-17 })", "1 -17"},
      {R"({"k":9007199254740991})", "1 9007199254740991"},
      {R"({"k":0.1,"a":2})", "1 0.10000000000000001"},
      {R"({"k":1e21})", "1 1e+21"},
      {R"({"k":-2.5E-3})", "1 -0.0025000000000000001"},
      {R"({"a":1})", "0"},
      {R"({"k":"1"})", "-1"},
      {R"({"k":nan})", "-1"},
      {R"({"k":-})", "-1"},
      {R"({"k":+1})", "-1"},
      {R"({"k":.5})", "-1"},
      {R"({"k":1-2})", "-1"},
      {R"({"k":0x10})", "-1"},
      {R"({"k":1)", "-1"},
      {R"({"k":)", "-1"},
      {R"({"k":1111111111111111111111111111111111111111111111111111111111111111})", "-1"},
  };
  for (const auto &[config, answer] : cases) require_answer(number_of(config, "k"), std::string(answer), config);
  require_answer(number_of(std::string_view("{\"k\":1\0}", 8), "k"), "-1", "a number with NUL");
}

TEST("a config may be any bytes, cut or changed anywhere") {
  const std::string whole = R"({"a":["i",{"x":"\ud83d\ude00"},null,"j"],"k":"v\u20ac\n","n":-1.5e3,"b":true})";
  const auto read_all = [](std::string_view config) {
    for (const char *key : {"k", "n", "b", "a", "", "missing"}) {
      string_of(config, key, 5);
      bool_of(config, key);
      number_of(config, key);
    }
  };
  for (size_t cut = 0; cut <= whole.size(); cut++) read_all(std::string_view(whole).substr(0, cut));
  std::mt19937 random(1);
  for (int round = 0; round < 20000; round++) {
    std::string config = whole;
    for (size_t changes = 1 + random() % 4; changes > 0; changes--) {
      const char likely[] = "{}[]\",:\\u0019dDeE+-. \n\xff";
      config[random() % config.size()] = likely[random() % sizeof likely];
    }
    read_all(config);
  }
}
