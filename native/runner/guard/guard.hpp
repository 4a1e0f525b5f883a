// `plughost-runner guard`: starts any program for the host, and leaves nothing of it behind.
#pragma once

namespace plughost::runner {

// Runs the guard until its program has ended. Returns its exit status.
//
// `words`: FOLDER COUNT PROGRAM [ARGUMENT]…, then null. FOLDER belongs to the program and is removed after its end; an
// empty name means none. COUNT is how many descriptors the program inherits. The guard itself is started with
//   0         the lifeline, whose other end only the host holds. A byte `t` sends the program SIGTERM. Its end, which
//             also comes when the host dies in any way, kills the program.
//   1, 2      the standard output and standard error of the program
//   3         the report: a line `started PID` or `refused ERRNO`, and at the end `exited STATUS` or `killed SIGNAL`
//   4 and on  COUNT descriptors, which the program gets as 3 and on
//
// When the program has ended or must end, the guard kills all its descendants, also those that left its process group,
// because the kernel makes the guard their parent.
int guard(int count, char **words);

}  // namespace plughost::runner
