#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

#include "aggregator.hpp"
#include "tests.hpp"

using namespace test;

namespace {

using Results = std::vector<std::string>;

constexpr double kInfinity = std::numeric_limits<double>::infinity();

std::string shown(const Results &results) {
  std::string text;
  for (const auto &result : results) text += result + " ";
  return text;
}

void require_same(const Results &got, const Results &wanted) {
  require(got == wanted, "it gave " + shown(got) + "and not " + shown(wanted));
}

Row row_of(Value value, uint32_t group = 0) {
  Row row;
  row.group = group;
  row.values.emplace_back(std::move(value));
  return row;
}

std::vector<Row> reals(const std::vector<double> &numbers) {
  std::vector<Row> rows;
  for (const double number : numbers) rows.push_back(row_of({number, 0, {}}));
  return rows;
}

std::vector<Row> integers(const std::vector<int64_t> &numbers) {
  std::vector<Row> rows;
  for (const int64_t number : numbers) rows.push_back(row_of({0, number, {}}));
  return rows;
}

std::vector<Row> dated(const std::vector<std::pair<int64_t, std::string>> &values) {
  std::vector<Row> rows;
  for (const auto &[time, text] : values) {
    rows.push_back(row_of({0, 0, text}));
    rows.back().values.emplace_back(Value{0, time, {}});
  }
  return rows;
}

Results result_of(const Aggregator &of, const std::vector<Row> &rows) {
  Groups groups(of);
  groups.update(rows, 1);
  return groups.result();
}

std::string number(double real) {
  char text[64];
  snprintf(text, sizeof text, "%.17g", real);
  return text;
}

std::string error_of(const Aggregator &of, const std::vector<Row> &rows) {
  Groups groups(of);
  groups.update(rows, 1);
  std::vector<Results> results;
  Error error;
  require(groups.finish(0, 1, &results, &error) == PLUG_ERROR_INVALID, "finish did not fail");
  return error.text();
}

}  // namespace

TEST("stats: sums are exact, and are rounded once") {
  const Aggregator stats("stats", R"({"of":"x"})");
  const auto sum = [&](const std::vector<double> &numbers) { return result_of(stats, reals(numbers))[1]; };
  require_same(result_of(stats, reals({1e100, 1, -1e100})), {"3", "1", number(-1e100), number(1e100), number(1 / 3.0)});
  require(sum(std::vector<double>(10, 0.1)) == "1", "ten tenths are not 1");
  require(sum({1, 0x1p-53}) == "1" && sum({1, 0x1p-53, 0x1p-1074}) == number(1 + 0x1p-52), "half is rounded wrongly");
  require(sum({1 + 0x1p-52, 0x1p-53}) == number(1 + 0x1p-51), "half is not rounded to even");
  require(sum({0x1p-1074, 0x1p-1074}) == number(0x1p-1073), "small numbers are lost");
  require(sum({-0x1p-1022, 0x1p-1074}) == number(-0x1p-1022 + 0x1p-1074), "the smallest numbers are lost");
  require(sum({1.7e308, 1.7e308, -1.7e308}) == number(1.7e308), "a sum in between must fit");
  require(sum({0.5, -0.5}) == "0" && sum({-0.25, 0.125}) == "-0.125", "signs are wrong");
  require(sum({0x1p63, 0x1p63, 0.5}) == number(0x1p64), "large whole numbers are wrong");
  require(error_of(stats, reals({1.7e308, 1.7e308})) == "the sum of a group is greater than any real number",
          "it does not say that the sum is too large");
}

TEST("stats: the mean is that of the exact sum, rounded once") {
  const Aggregator stats("stats", R"({"of":"x"})");
  const auto mean = [&](const std::vector<double> &numbers) { return result_of(stats, reals(numbers))[4]; };
  require(mean({0x1p53, 2, 1}) == number(3002399751580331.5), "the sum is rounded first");
  require(mean({0x1p-1074, 0}) == "0" && mean({-0x1p-1074, 0}) == "0", "half of the smallest is not rounded to even");
  require(mean({0x1p-1073, 0x1p-1074}) == number(0x1p-1073), "a half is not rounded to even");
  require(mean({0x1p-1074, 0x1p-1074, 0}) == number(0x1p-1074), "a rest does not count");
  require(mean({0x1p-1022, 0x1p-1022, -0x1p-1074}) == number(0x0.aaaaaaaaaaaaap-1022),
          "small numbers are rounded wrongly");
  require(mean({-1.7e308, -1.7e308, 1.7e308}) == number(-1.7e308 / 3), "large numbers are rounded wrongly");
  const Aggregator whole("stats", R"({"of":"x","type":"integer"})");
  require(result_of(whole, integers({INT64_MAX - 1, -3, 0}))[4] == number(3074457345618258601.0), "integers are wrong");
}

TEST("stats: sums of random numbers are those of long doubles with room to spare") {
  const Aggregator stats("stats", R"({"of":"x"})");
  std::mt19937_64 random(1);
  for (int i = 0; i < 200; i++) {
    std::vector<double> numbers;
    long double sum = 0;
    for (int j = 0; j < 500; j++) {
      // Multiples of 2^-20 below 2^33: 500 of them are exact in 64 bits.
      numbers.push_back(std::ldexp(double(int64_t(random()) >> 11), -20));
      sum += numbers.back();
    }
    const double wanted = static_cast<double>(sum);
    require(result_of(stats, reals(numbers))[1] == number(wanted), "a sum is not " + number(wanted));
  }
}

TEST("stats: infinities, and groups without numbers") {
  const Aggregator stats("stats", R"({"of":"x"})");
  require_same(result_of(stats, reals({kInfinity, -5})), {"2", "inf", "-5", "inf", "inf"});
  require_same(result_of(stats, reals({-kInfinity, 5})), {"2", "-inf", "-inf", "5", "-inf"});
  require_same(result_of(stats, reals({-kInfinity, kInfinity})), {"2", "null", "-inf", "inf", "null"});
  std::vector<Row> nothing = reals({1});
  nothing[0].values[0].reset();
  require_same(result_of(stats, nothing), {"0", "null", "null", "null", "null"});
}

TEST("stats: integers are exact in 64 bits, and a sum that leaves them is an error") {
  const Aggregator stats("stats", R"({"of":"x","type":"integer"})");
  require_same(result_of(stats, integers({INT64_MAX, INT64_MAX, INT64_MIN, INT64_MIN, 4})),
               {"5", "2", std::to_string(INT64_MIN), std::to_string(INT64_MAX), number(0.4)});
  require_same(result_of(stats, integers({INT64_MIN})),
               {"1", std::to_string(INT64_MIN), std::to_string(INT64_MIN), std::to_string(INT64_MIN), number(-0x1p63)});
  require(error_of(stats, integers({INT64_MAX, 1})) ==
              "the sum of a group leaves 64 bits; with -p type=real it is a rounded number",
          "it does not say that the sum is too large");
}

TEST("quantiles: are within 1/128, for numbers of any size and sign") {
  const Aggregator quantiles("quantiles", R"({"of":"x","at":"0,1,10,50,90,99,99.99,100"})");
  const double at[] = {0, 0.01, 0.1, 0.5, 0.9, 0.99, 0.9999, 1};
  std::mt19937_64 random(2);
  for (int i = 0; i < 300; i++) {
    std::vector<double> numbers(1 + random() % 2000);
    const int spread = int(random() % 600);
    for (double &one : numbers) {
      one =
          std::ldexp(1 + double(random() >> 12) * 0x1p-52, spread ? int(random() % uint64_t(spread)) - spread / 2 : 0);
      if (random() % 3 == 0) one = -one;
      if (random() % 20 == 0) one = 0;
    }
    const Results got = result_of(quantiles, reals(numbers));
    std::sort(numbers.begin(), numbers.end());
    for (size_t j = 0; j < std::size(at); j++) {
      const auto rank = size_t(std::max(1.0, std::ceil(double(numbers.size()) * at[j] - 1e-9)));
      const double wanted = numbers[rank - 1];
      require(std::abs(std::stod(got[j]) - wanted) <= std::abs(wanted) / 128,
              got[j] + " is not near " + number(wanted));
    }
  }
}

TEST("quantiles: zero and the infinities are exact, and so are small whole numbers") {
  const Aggregator quantiles("quantiles", R"({"of":"x","at":"0,50,100"})");
  require_same(result_of(quantiles, reals({-kInfinity, 0, kInfinity})), {"-inf", "0", "inf"});
  require_same(result_of(quantiles, reals({0, 0, 5})), {"0", "0", "5"});
  for (int whole = -128; whole <= 128; whole++)
    require(result_of(quantiles, reals({double(whole)}))[0] == number(whole), number(whole) + " is not exact");
  // With fractions, the middle of the bucket is the answer.
  require_same(result_of(quantiles, reals({100, 200.5})), {"100.5", "100.5", "201"});
  require_same(result_of(quantiles, reals({1e15, 2e15})),
               {number(998356558020607), number(998356558020607), number(1996713116041215)});
}

TEST("quantiles: percentages are read strictly") {
  for (const char *const at : {"50", "0", "100", "0.5", "99.999999", "1,2,3"})
    Plugin("quantiles").configured(R"({"of":"x","at":")" + std::string(at) + "\"}");
  for (const char *const at : {"", "50,", ",50", "101", "100.1", "-1", "050", "50.0", "50.", ".5", "1e1", "50,50",
                               "99.9999999", "50 ", "1000", "99999999999999999999", "50\\u0000"}) {
    Error error;
    const std::string config = R"({"of":"x","at":")" + std::string(at) + "\"}";
    require(Plugin("quantiles").init(config, &error) == PLUG_ERROR_CONFIG && error.len > 0, "it took " + config);
  }
  std::string many = "0.01";
  for (int i = 2; i <= 101; i++) many += "," + number(i).insert(0, "0.").append("1");
  Error error;
  require(Plugin("quantiles").init(R"({"of":"x","at":")" + many + "\"}", &error) == PLUG_ERROR_CONFIG, "it took 101");
}

TEST("distinct: the error is that of 16,384 registers") {
  const Aggregator distinct("distinct", R"({"of":"x"})");
  const auto error_of_count = [&](int count, int seed) {
    Groups groups(distinct);
    std::vector<Row> rows;
    for (int i = 0; i < count; i++) {
      rows.push_back(row_of({0, 0, "/user/" + std::to_string(seed) + "/" + std::to_string(i)}));
      if (rows.size() == 1024 || i + 1 == count) {
        groups.update(rows, 1);
        groups.update(rows, 1);
        rows.clear();
      }
    }
    return (std::stod(groups.result()[0]) - count) / std::max(count, 1);
  };
  for (const int count : {0, 1, 2, 10}) require(error_of_count(count, 0) == 0, "it miscounts " + std::to_string(count));
  for (const int count : {100, 600, 3000, 12'000, 40'000, 80'000}) {
    constexpr int kTries = 24;
    double sum = 0, squares = 0;
    for (int seed = 0; seed < kTries; seed++) {
      const double error = error_of_count(count, seed);
      require(std::abs(error) < 0.035, std::to_string(count) + " values: the error is " + std::to_string(error));
      sum += error;
      squares += error * error;
    }
    const std::string of = std::to_string(count) + " values: ";
    require(std::sqrt(squares / kTries) < 0.0125,
            of + "the standard error is " + std::to_string(std::sqrt(squares / kTries)));
    require(std::abs(sum / kTries) < 0.006, of + "the error has a bias of " + std::to_string(sum / kTries));
  }
}

TEST("distinct: a state of a revision never changes") {
  const Aggregator distinct("distinct", R"({"of":"x"})");
  Groups groups(distinct);
  std::vector<Row> rows;
  for (const char *text : {"", "a", "abcd", "abcdefgh", "abcdefghijklmnopq", "a text of more than thirty-two bytes"})
    rows.push_back(row_of({0, 0, text}));
  groups.update(rows, 1);
  std::string hex;
  for (const char c : groups.bytes(0)) {
    char two[3];
    snprintf(two, sizeof two, "%02x", static_cast<unsigned char>(c));
    hex += two;
  }
  require(hex == "01b42203ed1801c20904ff0903cb1d01d11203", "it is now " + hex);
}

TEST("first, last: take the row by time, and of equal times the smaller bytes") {
  const Aggregator first("first", R"({"of":"x"})"), last("last", R"({"of":"x","by":"when"})");
  require(std::string(first.columns()[1].name) == "time" && std::string(last.columns()[1].name) == "when",
          "the column of the time is another one");
  const auto rows = dated({{5, "e"}, {-3, "b"}, {-3, "ab"}, {-3, "abc"}, {9, "zz"}, {9, "z"}, {7, "a"}});
  require_same(result_of(first, rows), {"ab"});
  require_same(result_of(last, rows), {"z"});
  require_same(result_of(first, dated({{5, ""}, {5, "a"}})), {""});
  auto some = rows;
  some[2].values[0].reset();
  some[5].values[1].reset();
  require_same(result_of(first, some), {"abc"});
  require_same(result_of(last, some), {"zz"});
  Groups groups(first);
  groups.merge(2, groups.bytes(0));
  require(groups.results(0, 3) == std::vector<Results>(3, {"null"}), "an empty group has a value");
}

TEST("aggregators: refuse a config without a column") {
  for (const char *const name : {"stats", "quantiles", "distinct", "first", "last"})
    for (const char *const config : {"{}", R"({"of":""})", R"({"of":1})", R"({"of":"a\u0000b"})", ""}) {
      Error error;
      require(Plugin(name).init(config, &error) == PLUG_ERROR_CONFIG && error.len > 0, std::string(name) + config);
    }
  Error error;
  require(Plugin("stats").init(R"({"of":"x","type":"text"})", &error) == PLUG_ERROR_CONFIG, "stats took a type");
}
