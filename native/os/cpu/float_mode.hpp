// The floating-point mode of a thread: rounding, precision, whether tiny numbers become zero, which exceptions trap.
// Platform: MXCSR and the x87 control word on x86, FPCR on AArch64. Elsewhere only the rounding, by <cfenv>.
#pragma once

#if defined(__x86_64__) || defined(__i386__)
#include <xmmintrin.h>
#elif !defined(__aarch64__)
#include <cfenv>
#endif

#include <cstdint>

namespace plughost {

// Remembers the mode that this thread has when the object is made. The host restores it after each call of a plugin,
// because other plugins use the thread too. A plugin may change the mode, and so may the code that compilers link into
// libraries for -ffast-math. The flags of exceptions that have occurred are not part of the mode.
class FloatMode {
 public:
  // Sets the remembered mode again. Returns whether the thread had another one. Takes a few nanoseconds when it had
  // not. [the same thread]
  bool restore() const {
    if (vector() == vector_ && x87() == x87_) [[likely]]
      return false;
    set();
    return true;
  }

 private:
#if defined(__x86_64__) || defined(__i386__)
  static constexpr uint32_t kFlags = 0x3f;
  static uint32_t vector() { return _mm_getcsr() & ~kFlags; }
  static uint32_t x87() {
    uint16_t word;
    __asm__ volatile("fnstcw %0" : "=m"(word));
    return word;
  }
  [[gnu::noinline]] void set() const {
    _mm_setcsr(vector_);
    const auto word = static_cast<uint16_t>(x87_);
    // Clears the flags first: a flag that is set would trap when the control word is loaded.
    __asm__ volatile("fnclex\n\tfldcw %0" : : "m"(word));
  }
#elif defined(__aarch64__)
  static uint64_t vector() {
    uint64_t word;
    __asm__ volatile("mrs %0, fpcr" : "=r"(word));
    return word;
  }
  static uint64_t x87() { return 0; }
  void set() const { __asm__ volatile("msr fpcr, %0" : : "r"(vector_)); }
#else
  // The rounding mode is the only part that the C library reports quickly.
  static int vector() { return std::fegetround(); }
  static int x87() { return 0; }
  void set() const { std::fesetround(vector_); }
#endif

  const decltype(vector()) vector_ = vector();
  const decltype(x87()) x87_ = x87();
};

}  // namespace plughost
