#include "engine/rows/time/local_time.hpp"

#include <chrono>

namespace plughost {
namespace {

constexpr int64_t kSecond = 1'000'000'000;

char *put(char *to, int64_t number, int width) {
  for (int i = width - 1; i >= 0; i--, number /= 10) to[i] = static_cast<char>('0' + number % 10);
  return to + width;
}

}  // namespace

size_t write_local_time(int64_t time, int64_t offset, char *text) {
  int64_t fraction = time % kSecond;
  int64_t seconds = time / kSecond;
  if (fraction < 0) fraction += kSecond, seconds--;
  const std::chrono::sys_seconds local{std::chrono::seconds(seconds + offset / kSecond)};
  const auto day = std::chrono::floor<std::chrono::days>(local);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(local - day);
  char *to = put(text, static_cast<int>(date.year()), 4);
  *to++ = '-';
  to = put(to, static_cast<unsigned>(date.month()), 2);
  *to++ = '-';
  to = put(to, static_cast<unsigned>(date.day()), 2);
  *to++ = 'T';
  to = put(to, clock.hours().count(), 2);
  *to++ = ':';
  to = put(to, clock.minutes().count(), 2);
  *to++ = ':';
  to = put(to, clock.seconds().count(), 2);
  if (fraction > 0) {
    *to++ = '.';
    to = put(to, fraction, 9);
    while (to[-1] == '0') to--;
  }
  const int64_t minutes = (offset < 0 ? -offset : offset) / kSecond / 60;
  *to++ = offset < 0 ? '-' : '+';
  to = put(to, minutes / 60, 2);
  *to++ = ':';
  to = put(to, minutes % 60, 2);
  return static_cast<size_t>(to - text);
}

}  // namespace plughost
