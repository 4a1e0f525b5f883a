// Closes a folder that opendir has opened.
#pragma once

#include <dirent.h>

namespace plughost {

// For std::unique_ptr.
struct CloseFolder {
  void operator()(DIR *folder) const { closedir(folder); }
};

}  // namespace plughost
