"""exp, log, normals and random words from + - * and bit shifts: equal bits on every machine."""

import numpy as np

from hedgelab.kernels.words import as_number, as_words, multiply_add, select, sqrt

U = np.uint64
LN2, LOG2E = 0.6931471805599453, 1.4426950408889634
ROUND = 6755399441055744.0  # 1.5 * 2**52: adding it rounds to an integer held in the low bits
ONE_BITS, HALF_ROOT_BITS = U(0x3FF0000000000000), U(0x3FE6A09E667F3BCD)
EXPONENT, SIGN = U(0xFFF0000000000000), U(0x8000000000000000)
TWO52_BITS, TWO52_PLUS_2048 = U(0x4330000000000000), 4503599627370496.0 + 2048.0
U1, U12, U17, U45, U52, U61, U62 = U(1), U(12), U(17), U(45), U(52), U(61), U(62)
U23, U41, U19 = U(23), U(41), U(19)
X800, XFFF = U(0x800), U(0xFFF)


def exp(x):
    """e**x for |x| < 700, relative error about 2e-12 (Chebyshev fit on half an octave)."""
    rounded = multiply_add(x, LOG2E, ROUND)
    r = multiply_add(rounded - ROUND, -LN2, x)
    p = multiply_add(r, 2.4876164022625967e-05, 0.00019915866926782682)
    p = multiply_add(p, r, 0.0013888821677630362)
    p = multiply_add(p, r, 0.008333266097949614)
    p = multiply_add(p, r, 0.041666666890957)
    p = multiply_add(p, r, 0.16666666891045775)
    p = multiply_add(p, r, 0.49999999999797934)
    p = multiply_add(p, r, 0.9999999999797852)
    p = multiply_add(p, r, 1.0)
    return p * as_number((as_words(rounded) << U52) + ONE_BITS)


def log(x):
    """Natural logarithm of a positive normal number, absolute error below 1e-9."""
    bits = as_words(x)
    k = bits - HALF_ROOT_BITS
    exponent = as_number((((k >> U52) ^ X800) & XFFF) | TWO52_BITS) - TWO52_PLUS_2048
    f = as_number(bits - (k & EXPONENT)) - 1.0
    p = multiply_add(f, 0.06769024113816001, -0.11557287882015821)
    p = multiply_add(p, f, 0.1181213614232965)
    p = multiply_add(p, f, -0.12420814467908906)
    p = multiply_add(p, f, 0.1423231785955222)
    p = multiply_add(p, f, -0.16667536772428632)
    p = multiply_add(p, f, 0.2000144672220023)
    p = multiply_add(p, f, -0.25000010940100675)
    p = multiply_add(p, f, 0.333333227936071)
    p = multiply_add(p, f, -0.4999999994349637)
    return multiply_add(exponent, LN2, multiply_add(f * f, p, f))


def uniform(word):
    """A number in (0, 1] from 52 random bits."""
    return 2.0 - as_number((word >> U12) | ONE_BITS)


def normal_pair(word1, word2):
    """Two independent standard normals (Box and Muller 1958), the quadrant from spare bits."""
    radius = sqrt(-2.0 * log(uniform(word1)))
    y = (uniform(word2) - 0.5) * 1.5707963267948966
    y2 = y * y
    s = multiply_add(y2, 2.7173456841089953e-06, -0.000198392022122311)
    s = multiply_add(s, y2, 0.00833332878245888)
    s = multiply_add(s, y2, -0.16666666631591165)
    s = multiply_add(s, y2, 0.9999999999956731)
    s = s * y
    c = multiply_add(y2, -2.717342984102282e-07, 2.4798928755323667e-05)
    c = multiply_add(c, y2, -0.0013888880393776424)
    c = multiply_add(c, y2, 0.04166666654391119)
    c = multiply_add(c, y2, -0.49999999999351113)
    c = multiply_add(c, y2, 0.9999999999999444)
    swap = as_number((word2 & U1) | ONE_BITS) > 1.0
    first = as_number(as_words(radius) ^ ((word2 << U62) & SIGN))
    second = as_number(as_words(radius) ^ ((word2 << U61) & SIGN))
    return first * select(swap, c, s), second * select(swap, s, c)


def log1p_small(x):
    """Logarithm of 1 + x for |x| below a few percent, error below |x|**5 / 5 / (1 - |x|)."""
    return x * (1.0 - x * (0.5 - x * (1.0 / 3.0 - x * 0.25)))


def next_word(a, b, c, d):
    """xoshiro256++ 1.0 (Blackman and Vigna 2019): one word and the next state."""
    total = a + d
    word = ((total << U23) | (total >> U41)) + a
    shifted = b << U17
    c = c ^ a
    d = d ^ b
    b = b ^ c
    a = a ^ d
    c = c ^ shifted
    d = (d << U45) | (d >> U19)
    return word, a, b, c, d
