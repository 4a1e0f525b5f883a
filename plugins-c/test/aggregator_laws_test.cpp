#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <random>

#include "aggregator.hpp"
#include "tests.hpp"

using namespace test;

namespace {

struct Subject {
  const char *name;
  const char *config;
};

constexpr Subject kSubjects[] = {
    {"count", "{}"},
    {"stats", R"({"of":"x"})"},
    {"stats", R"({"of":"x","type":"integer"})"},
    {"quantiles", R"({"of":"x","at":"0,50,90,99.9,100"})"},
    {"distinct", R"({"of":"x"})"},
    {"first", R"({"of":"x"})"},
    {"last", R"({"of":"x","by":"when"})"},
};

using Random = std::mt19937_64;

uint64_t below(Random &random, uint64_t end) { return random() % end; }

// Numbers of all sizes, with many that are equal.
double random_real(Random &random) {
  switch (below(random, 8)) {
    case 0:
      return double(below(random, 10));
    case 1:
      return -double(below(random, 100000));
    case 2:
      return std::numeric_limits<double>::infinity();
    case 3:
      return std::ldexp(double(random() >> 11), int(below(random, 2046)) - 1074 - 52);
    case 4:
      return -std::ldexp(double(random() >> 11), int(below(random, 200)) - 100);
    case 5:
      return std::ldexp(double(random() >> 11), -1100);
    default:
      return std::exp(double(below(random, 10000)) / 1000);
  }
}

// Few groups see all kinds of numbers. Others stay small.
std::vector<Row> random_rows(Random &random, const Aggregator &of, uint32_t groups) {
  std::vector<Row> rows(below(random, 3000));
  const uint64_t values = uint64_t{1} << below(random, 16);
  for (Row &row : rows) {
    row.group = uint32_t(std::min(below(random, groups), below(random, groups)));
    for (const plug_field &field : of.columns()) {
      auto &value = row.values.emplace_back();
      if (below(random, 10) == 0) continue;
      value.emplace();
      value->real = random_real(random);
      if (value->real == 0) value->real = 0;
      value->integer = below(random, 4) == 0 ? int64_t(random()) : int64_t(below(random, 1000)) - 500;
      if (field.type == PLUG_TIME) value->integer = int64_t(below(random, 50));
      const uint64_t which = below(random, values) * 0x9e3779b97f4a7c15;
      value->text = std::string(reinterpret_cast<const char *>(&which), below(random, 9));
    }
  }
  return rows;
}

// Folds rows in batches of any size. `numbers` says which number a group has.
void fold(Random &random, Groups *to, const std::vector<Row> &rows, const std::vector<uint32_t> &numbers) {
  for (size_t at = 0; at < rows.size();) {
    const size_t end = at + 1 + below(random, std::min<uint64_t>(rows.size() - at, 1 + below(random, 1024)));
    std::vector<Row> batch(rows.begin() + long(at), rows.begin() + long(end));
    for (Row &row : batch) row.group = numbers[row.group];
    to->update(batch, uint32_t(numbers.size()));
    at = end;
  }
}

std::vector<uint32_t> any_numbers(Random &random, uint32_t groups) {
  std::vector<uint32_t> numbers(groups);
  std::iota(numbers.begin(), numbers.end(), 0);
  std::shuffle(numbers.begin(), numbers.end(), random);
  return numbers;
}

using Bytes = std::vector<std::string>;  // of each group

Bytes bytes_of_fold(Random &random, const Aggregator &of, const std::vector<Row> &rows, uint32_t groups) {
  Groups state(of);
  const auto numbers = any_numbers(random, groups);
  fold(random, &state, rows, numbers);
  Bytes bytes;
  for (const uint32_t number : numbers) bytes.push_back(state.bytes(number));
  return bytes;
}

Bytes merged(Random &random, const Aggregator &of, const Bytes &a, const Bytes &b) {
  Groups state(of);
  const auto numbers = any_numbers(random, uint32_t(a.size()));
  for (size_t i = 0; i < a.size(); i++) state.merge(numbers[i], a[i]);
  for (size_t i = 0; i < b.size(); i++) state.merge(numbers[i], b[i]);
  Bytes bytes;
  for (const uint32_t number : numbers) bytes.push_back(state.bytes(number));
  return bytes;
}

void check_laws(const Subject &subject, uint64_t seed) {
  Random random(seed);
  const Aggregator of(subject.name, subject.config);
  const auto groups = uint32_t(1 + below(random, 9));
  std::vector<Row> rows = random_rows(random, of, groups);
  const std::string where = std::string(subject.name) + " " + subject.config + ", seed " + std::to_string(seed) + ": ";

  Groups whole(of);
  std::vector<uint32_t> same(groups);
  std::iota(same.begin(), same.end(), 0);
  fold(random, &whole, rows, same);
  Bytes wanted;
  for (uint32_t i = 0; i < groups; i++) wanted.push_back(whole.bytes(i));

  for (uint32_t i = 0; i < groups; i++) {
    Groups one(of);
    one.merge(0, wanted[i]);
    require(one.bytes(0) == wanted[i], where + "a state that is merged into an empty one changes");
    require(whole.bytes(i) == wanted[i], where + "the bytes of a group change when they are written again");
  }
  Groups empty(of);
  require(empty.bytes(0).empty() && empty.bytes(UINT32_MAX - 1).empty(), where + "an empty group has bytes");

  std::vector<std::vector<std::string>> before, after;
  Error error;
  const int32_t finished = whole.finish(0, groups, &before, &error);
  require(finished == PLUG_OK || finished == PLUG_ERROR_INVALID, where + error.text());
  for (uint32_t i = 0; i < groups; i++) require(whole.bytes(i) == wanted[i], where + "the results change the state");
  require(whole.finish(0, groups, &after, &error) == finished && after == before, where + "the results change");

  std::shuffle(rows.begin(), rows.end(), random);
  require(bytes_of_fold(random, of, rows, groups) == wanted, where + "the order of the rows counts");

  std::vector<std::vector<Row>> parts(1 + below(random, 8));
  for (const Row &row : rows) parts[below(random, parts.size())].push_back(row);
  std::vector<Bytes> tree;
  for (const auto &part : parts) tree.push_back(bytes_of_fold(random, of, part, groups));
  while (tree.size() > 1) {
    std::shuffle(tree.begin(), tree.end(), random);
    const Bytes last = std::move(tree.back());
    tree.pop_back();
    tree.back() = merged(random, of, last, tree.back());
  }
  require(tree[0] == wanted, where + "a split counts");

  // A state that has merged goes on.
  Groups goes_on(of);
  const size_t half = rows.size() / 2;
  fold(random, &goes_on, {rows.begin(), rows.begin() + long(half)}, same);
  const Bytes rest = bytes_of_fold(random, of, {rows.begin() + long(half), rows.end()}, groups);
  for (uint32_t i = 0; i < groups; i++) {
    goes_on.merge(i, rest[i]);
    require(goes_on.bytes(i) == wanted[i], where + "a merge into a state in use counts");
  }
  if (finished == PLUG_OK) require(goes_on.results(0, groups) == before, where + "the results depend on the split");
}

std::string damaged(Random &random, std::string bytes) {
  for (uint64_t i = 1 + below(random, 3); i > 0; i--) {
    const size_t at = bytes.empty() ? 0 : below(random, bytes.size());
    switch (below(random, 5)) {
      case 0:
        bytes.resize(at);
        break;
      case 1:
        bytes.insert(at, 1, char(random()));
        break;
      case 2:
        if (!bytes.empty()) bytes.erase(at, 1 + below(random, 4));
        break;
      case 3:
        if (!bytes.empty()) bytes[at] = char(below(random, 2) ? 0xff : random());
        break;
      default:
        if (!bytes.empty()) bytes[at] = char(bytes[at] ^ (1 << below(random, 8)));
    }
  }
  return bytes;
}

void check_damage(const Subject &subject, uint64_t seed, int states) {
  Random random(seed);
  const Aggregator of(subject.name, subject.config);
  Bytes good;
  for (int i = 0; i < states; i++) {
    if (i % 250 == 0) good = bytes_of_fold(random, of, random_rows(random, of, 4), 4);
    const std::string bytes = damaged(random, good[below(random, good.size())]);
    Groups state(of);
    Error error;
    const int32_t status = state.merge(0, bytes, &error);
    require(state.memory() <= (1 << 20) + 300 * bytes.size(), "a damaged state takes much memory");
    if (status != PLUG_OK) {
      require(status == PLUG_ERROR_INVALID && error.len > 0, "a damaged state is refused without a reason");
      continue;
    }
    require(state.bytes(0) == bytes, "a state was merged that serialize does not write");
    std::vector<std::vector<std::string>> results;
    const int32_t finished = state.finish(0, 1, &results, &error);
    require(finished == PLUG_OK || finished == PLUG_ERROR_INVALID, "finish gives another status");
    require(state.merge(0, good[0], &error) == PLUG_OK || error.len > 0, "a state is refused without a reason");
  }
}

}  // namespace

TEST("aggregators: neither order, batches, numbers of groups nor any tree of splits changes a byte of a state") {
  for (const Subject &subject : kSubjects)
    for (uint64_t seed = 1; seed <= 40; seed++) check_laws(subject, seed);
}

TEST("aggregators: 10,000 damaged states are refused, or are states that serialize writes") {
  for (const Subject &subject : kSubjects) check_damage(subject, 7, 10'000);
}
