"""Writes special_values.h: 40-digit values of the special functions, rounded to double, at points that are doubles.

    python3 special_values.py > special_values.h        (needs mpmath)
"""
import random
from mpmath import mp, mpf, loggamma, digamma, polygamma, erfc, erfinv, log, exp, sqrt, expm1, findroot, re, nstr

mp.dps = 60
random.seed(20)


def spread(low, high, count):
    a, b = log(mpf(low)), log(mpf(high))
    return [float(exp(a + (b - a) * k / (count - 1))) for k in range(count)]


def phi(x):
    return erfc(-x / sqrt(mpf(2))) / 2


def phi_inv(p):
    tail = p if p < mpf(1) / 2 else 1 - p
    guess = -sqrt(-2 * log(tail)) if tail < mpf("0.02") else sqrt(mpf(2)) * erfinv(2 * tail - 1)
    x = guess
    for _ in range(60):
        density = exp(-x * x / 2) / sqrt(2 * mp.pi)
        step = (phi(x) - tail) / density
        step = step / (1 + x * step / 2)
        x -= step
        if abs(step) < mpf(10) ** -45 * (1 + abs(x)):
            break
    return x if p < mpf(1) / 2 else -x


near = [1 + k / 17 for k in range(18)] + [1.4616321449683623, 1.4616321449683625, 1.46, 1.47, 2.0, 0.5, 3.5, 9.99, 10.0, 10.01]
negative = [-0.3, -0.999, -1.5, -2.001, -3.7, -9.25, -15.5, -19.75]
tables = {
    "lgamma": (spread("1e-300", "1e300", 40) + spread("0.01", "50", 30) + near + negative, lambda x: re(loggamma(x))),
    "digamma": (spread("1e-300", "1e300", 40) + spread("0.01", "50", 30) + near + negative, digamma),
    "trigamma": (spread("1e-3", "1e12", 50) + near + negative, lambda x: polygamma(1, x)),
    "tetragamma": (spread("1e-3", "1e12", 50) + near, lambda x: polygamma(2, x)),
    "pentagamma": (spread("1e-3", "1e12", 50) + near, lambda x: polygamma(3, x)),
    "hexagamma": (spread("1e-3", "1e12", 50) + near, lambda x: polygamma(4, x)),
    "phi": ([-38 + 0.5 * k + random.random() / 8 for k in range(92)] + [0.0, -1.0, -0.9999, 1e-20], phi),
    "phi_inv": (spread("1e-308", "0.075", 40) + [0.05 + 0.03 * k for k in range(31)] + [0.075, 0.075000001, 0.925, 0.9999, 1 - 1e-10, 1 - 2.0 ** -53], phi_inv),
    "log1mexp": ([-x for x in spread("1e-300", "700", 60)] + [-0.6931, -0.6932, -0.7], lambda x: mp.log1p(-exp(x)) if x < -1 else log(-expm1(x))),
}

print("// special_values: arguments and exact values, by special_values.py. Not edited by hand.")
print("#pragma once\n\nnamespace special_values {\n\nstruct Point {\n  double x, y;\n};\n")
for name, (points, value) in tables.items():
    print(f"inline constexpr Point {name}[] = {{")
    for x in points:
        print(f"    {{{x!r}, {float(value(mpf(x)))!r}}},")
    print("};\n")
print("}  // namespace special_values")
