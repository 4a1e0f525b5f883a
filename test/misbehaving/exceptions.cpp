// C++ exceptions that leave the plugin.
#include <exception>
#include <stdexcept>

extern "C" {
#include "fault.h"
}

namespace {

void throw_number(const scene *) { throw 42; }
void throw_exception(const scene *) { throw std::runtime_error("a line that it does not like"); }
void terminate(const scene *) { std::terminate(); }

}  // namespace

extern "C" const fault exception_faults[] = {
    {"throw-number", throw_number}, {"throw-exception", throw_exception}, {"terminate", terminate}, {}};
