#include "plugin.hpp"
#include "tests.hpp"

using namespace test;

TEST("greet gives a fresh plugin at each call, which says hello") {
  Plugin first("greet"), second("greet");
  require(first.get() != second.get(), "two calls of NewPlugin gave the same plugin");
  require(first.name() == "Greeting", "its name is " + first.name());
  require(first.run() == "Hello from plugin", "it says " + first.run());
  require(second.run() == "Hello from plugin", "it says " + second.run());
}

TEST("greet-direct is the plugin itself, which says hello") {
  Plugin first("greet-direct", Plugin::Shape::object), second("greet-direct", Plugin::Shape::object);
  require(first.get() == second.get(), "NewPlugin is not one object");
  require(first.name() == "Greeting", "its name is " + first.name());
  require(first.run() == "Hello from a data object", "it says " + first.run());
}
