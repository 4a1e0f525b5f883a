// The locale that a thread has for itself alone.
// Platform: uselocale of POSIX. To port it where threads have no locale of their own, let restore do nothing.
#pragma once

#include <locale.h>

namespace plughost {

// Remembers the locale that this thread has when the object is made.
class ThreadLocale {
 public:
  // Sets the remembered locale again if the thread has another one. [the same thread]
  void restore() const {
    if (uselocale(locale_t{}) != locale_) uselocale(locale_);
  }

 private:
  const locale_t locale_ = uselocale(locale_t{});
};

}  // namespace plughost
