// The tests of this program by name. Each file adds its own.
#pragma once

#include <string>
#include <vector>

namespace test {

struct Test {
  std::string name;  // a sentence
  void (*run)();
};

inline std::vector<Test> &tests() {
  static std::vector<Test> all;
  return all;
}

struct Adder {
  Adder(const char *name, void (*run)()) { tests().push_back({name, run}); }
};

}  // namespace test

#define TEST_JOIN_(a, b) a##b
#define TEST_JOIN(a, b) TEST_JOIN_(a, b)
#define TEST(name)                                                                        \
  static void TEST_JOIN(test_, __LINE__)();                                               \
  static const test::Adder TEST_JOIN(adder_, __LINE__)(name, TEST_JOIN(test_, __LINE__)); \
  static void TEST_JOIN(test_, __LINE__)()
