// Prints the named enumerations of the engine as the compiler sees them, each with the word for a value that it does
// not have; and whether a name that it does not have has a value.
#include <cstdio>

#include "engine/isolation/isolated_plugin.hpp"
#include "engine/output/print/printer.hpp"
#include "engine/rows/groups/key.hpp"
#include "engine/rows/reading/row_reader.hpp"
#include "engine/run/run.hpp"
#include "ipc/fault.hpp"
#include "os/file/folder.hpp"

namespace {

using namespace plughost;
using namespace plughost::ipc;
using namespace plughost::isolation;

template <typename Enum>
void print(const char *name) {
  const size_t size = names_of(Enum{}).size();
  std::printf("%s:", name);
  for (size_t i = 0; i < size; i++) {
    const auto value = static_cast<Enum>(i);
    const std::string word = name_of(value);
    std::printf(" %s%s", word.c_str(), is_known(value) && enumerator_of<Enum>(word) == value ? "" : " (not its own)");
  }
  const auto next = static_cast<Enum>(size);
  const bool taken =
      is_known(next) || enumerator_of<Enum>(name_of(next)) || enumerator_of<Enum>("") || enumerator_of<Enum>("bogus");
  std::printf(" | %s%s\n", name_of(next).c_str(), taken ? " (is taken)" : "");
}

}  // namespace

int main() {
  print<State>("State");
  print<Refusal>("Refusal");
  print<FaultKind>("FaultKind");
  print<Verdict>("Verdict");
  print<FailureKind>("FailureKind");
  print<Shape>("Shape");
  print<StepKind>("StepKind");
  print<Unparsed>("Unparsed");
  print<LongLines>("LongLines");
  print<OnFault>("OnFault");
  print<PrintForm>("PrintForm");
  print<InputState>("InputState");
  print<EntryKind>("EntryKind");
  return 0;
}
