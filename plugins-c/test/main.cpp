// plugins_c_test --list           prints the names of the tests
// plugins_c_test FOLDER NAME...   runs these tests on the plugins in FOLDER; status 1 when one fails
#include <cstdio>
#include <exception>

#include "plugin.hpp"
#include "tests.hpp"

int main(int argc, char **argv) {
  if (argc == 2 && std::string(argv[1]) == "--list") {
    for (const auto &test : test::tests()) std::printf("%s\n", test.name.c_str());
    return 0;
  }
  if (argc < 3) return std::fputs("usage: plugins_c_test --list | FOLDER NAME...\n", stderr), 2;
  test::plugin_folder() = argv[1];
  int failed = 0;
  for (int i = 2; i < argc; i++) {
    bool known = false;
    for (const auto &test : test::tests()) {
      if (test.name != argv[i]) continue;
      known = true;
      try {
        test.run();
      } catch (const std::exception &error) {
        std::fprintf(stderr, "%s: %s\n", argv[i], error.what());
        failed = 1;
      }
    }
    if (!known) std::fprintf(stderr, "there is no test \"%s\"\n", argv[i]), failed = 1;
  }
  return failed;
}
