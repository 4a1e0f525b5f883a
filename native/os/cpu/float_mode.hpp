// The floating-point mode of a thread: rounding, precision, whether tiny numbers become zero, which exceptions trap.
#pragma once

#if defined(__x86_64__) || defined(__i386__)
#include <xmmintrin.h>
#elif !defined(__aarch64__)
#include <cfenv>
#endif

#include <cstdint>

namespace plughost {

// Remembers the mode that its thread has when it is made. The host makes one before it calls a plugin and restores it
// behind each call: a plugin's code, and what a compiler links into a library for -ffast-math, may change the mode, and
// the thread belongs to the host and to other plugins. Flags of exceptions that have occurred are no part of the mode.
class FloatMode {
 public:
  // Sets this thread's mode to the remembered one; true when it was another. A few nanoseconds where it was not.
  // [the same thread]
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
    // A flag that is left set would trap when the control word is loaded.
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
  // Elsewhere the C library knows the rounding, and no more than that can be asked of it cheaply.
  static int vector() { return std::fegetround(); }
  static int x87() { return 0; }
  void set() const { std::fesetround(vector_); }
#endif

  const decltype(vector()) vector_ = vector();
  const decltype(x87()) x87_ = x87();
};

}  // namespace plughost
