//! The search for the ends of strings and numbers, many bytes at once.

/// Returns the offset of the first byte from `at` on that ends the plain part of a string: a quote, a backslash or a control
/// character. Returns the length of the text, or more if `at` is more, if there is none.
#[inline(always)]
pub fn end_of_plain(text: &[u8], at: usize) -> usize {
    #[cfg(target_arch = "x86_64")]
    return vectors::first(text, at, vectors::ends_plain, ends_plain);
    #[cfg(not(target_arch = "x86_64"))]
    return words::first(text, at, words::ends_plain, ends_plain);
}

/// Returns the offset of the first byte from `at` on that is no digit, as [`end_of_plain`].
#[inline(always)]
pub fn end_of_digits(text: &[u8], at: usize) -> usize {
    #[cfg(target_arch = "x86_64")]
    return vectors::first(text, at, vectors::is_no_digit, is_no_digit);
    #[cfg(not(target_arch = "x86_64"))]
    return words::first(text, at, words::is_no_digit, is_no_digit);
}

fn ends_plain(byte: u8) -> bool {
    matches!(byte, 0..0x20 | b'"' | b'\\')
}

fn is_no_digit(byte: u8) -> bool {
    !byte.is_ascii_digit()
}

#[cold]
fn first_by_bytes(text: &[u8], at: usize, ends: impl Fn(u8) -> bool) -> usize {
    let rest = text.get(at..).unwrap_or(&[]);
    at + rest.iter().position(|byte| ends(*byte)).unwrap_or(rest.len())
}

#[cfg(target_arch = "x86_64")]
mod vectors {
    use std::arch::x86_64::*;

    #[inline(always)]
    pub fn first(text: &[u8], mut at: usize, find: impl Fn(__m128i) -> __m128i, ends: impl Fn(u8) -> bool) -> usize {
        while let Some(bytes) = text.get(at..).and_then(|rest| rest.first_chunk::<16>()) {
            // SAFETY: Every x86-64 processor has SSE2, and the load reads the 16 bytes of the chunk.
            let found = unsafe { _mm_movemask_epi8(find(_mm_loadu_si128(bytes.as_ptr().cast()))) };
            if found != 0 {
                return at + found.trailing_zeros() as usize;
            }
            at += 16;
        }
        super::first_by_bytes(text, at, ends)
    }

    #[inline(always)]
    pub fn ends_plain(bytes: __m128i) -> __m128i {
        // SAFETY: Every x86-64 processor has SSE2.
        unsafe {
            let quotes = _mm_cmpeq_epi8(bytes, _mm_set1_epi8(b'"' as i8));
            let backslashes = _mm_cmpeq_epi8(bytes, _mm_set1_epi8(b'\\' as i8));
            let controls = _mm_cmpeq_epi8(_mm_min_epu8(bytes, _mm_set1_epi8(0x1f)), bytes);
            _mm_or_si128(_mm_or_si128(quotes, backslashes), controls)
        }
    }

    #[inline(always)]
    pub fn is_no_digit(bytes: __m128i) -> __m128i {
        // SAFETY: Every x86-64 processor has SSE2.
        unsafe {
            let values = _mm_sub_epi8(bytes, _mm_set1_epi8(b'0' as i8));
            _mm_cmpeq_epi8(_mm_max_epu8(values, _mm_set1_epi8(10)), values)
        }
    }
}

/// Eight bytes at once, without vector instructions. What is found is the high bit of a byte; bits above the first one mean
/// nothing.
#[cfg(any(test, not(target_arch = "x86_64")))]
mod words {
    const ONES: u64 = u64::MAX / 0xff;
    const HIGH: u64 = ONES * 0x80;

    #[inline(always)]
    pub fn first(text: &[u8], mut at: usize, find: impl Fn(u64) -> u64, ends: impl Fn(u8) -> bool) -> usize {
        while let Some(bytes) = text.get(at..).and_then(|rest| rest.first_chunk::<8>()) {
            let found = find(u64::from_le_bytes(*bytes)) & HIGH;
            if found != 0 {
                return at + found.trailing_zeros() as usize / 8;
            }
            at += 8;
        }
        super::first_by_bytes(text, at, ends)
    }

    /// Finds the first byte that is less than a limit of at most 0x80.
    const fn below(word: u64, limit: u8) -> u64 {
        word.wrapping_sub(ONES * limit as u64) & !word & HIGH
    }

    pub fn ends_plain(word: u64) -> u64 {
        below(word ^ (ONES * b'"' as u64), 1) | below(word ^ (ONES * b'\\' as u64), 1) | below(word, 0x20)
    }

    pub fn is_no_digit(word: u64) -> u64 {
        // The digits become 0 to 9 and all others at least 16, then nothing carries into the next byte.
        let values = word ^ (ONES * b'0' as u64);
        values | (values & !HIGH) + ONES * (0x80 - 10)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_ways_find_the_same_byte() {
        for byte in 0..=255 {
            for len in 0..36 {
                for at in 0..=len {
                    for (filler, digits) in [(0x80, false), (b'7', true)] {
                        let mut text = vec![filler; len];
                        text.iter_mut().skip(at).take(2).for_each(|place| *place = byte);
                        for from in [0, at / 2, at, len] {
                            let (ends, found, by_words): (fn(u8) -> bool, _, _) = if digits {
                                let by_words = words::first(&text, from, words::is_no_digit, is_no_digit);
                                (is_no_digit, end_of_digits(&text, from), by_words)
                            } else {
                                let by_words = words::first(&text, from, words::ends_plain, ends_plain);
                                (ends_plain, end_of_plain(&text, from), by_words)
                            };
                            let wanted = first_by_bytes(&text, from, ends);
                            assert_eq!((found, by_words), (wanted, wanted), "{text:?} from {from}");
                        }
                    }
                }
            }
        }
    }
}
