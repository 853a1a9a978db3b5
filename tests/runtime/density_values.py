"""Writes density_values.inc: values of the functions that densities are written with (ir/ops_density.cpp) and of their derivatives, rounded
to double, at points that are doubles. The interpreter is held to all of them, the runtime to those that it has.

    python3 density_values.py > density_values.inc        (needs mpmath; a minute)
"""
from mpmath import mp, mpf, besseli, diff, erf, erfc, exp, expm1, inf, log, log1p, loggamma, pi, quad, re, sqrt

mp.dps = 60
rows = []


def add(name, arguments, value):
    found = re(value(*[mpf(float(x)) for x in arguments]))
    if abs(found) < mpf(10) ** -200:
        return
    rows.append((name, [float(x) for x in arguments], float(found)))


def phi(x):
    return erfc(-x / sqrt(mpf(2))) / 2


def density(x):
    return exp(-x * x / 2) / sqrt(2 * pi)


def rest(a):
    return loggamma(a + 1) - a * log(a) + a


def mills(x):
    return log(phi(x) / density(x))


def between(x, w):
    return log(phi(x + w) - phi(x)) if x + w / 2 < 0 else log(phi(-x) - phi(-x - w))


def phi_exp(z, k):
    w = z - k
    return log(phi(z) - density(z) * phi(w) / density(w))


def skew_phi(z, a):
    cuts = [z - 40 / (1 + abs(z) + abs(a)) * s for s in [mpf(2) ** -k for k in range(10)] + [0]] if z <= 0 and a >= 0 else [-inf, -8, -4, -2, -1, 0] + ([z] if z > 0 else [])
    if z <= 0 and a < 0:
        cuts = [-inf, z - 4, z - 2, z - 1, z]
    return log(quad(lambda t: 2 * density(t) * phi(a * t), cuts))


def ive_rest(nu, x):
    r = sqrt(nu * nu + x * x)
    return log(besseli(nu, x)) - (r - nu * log((nu + r) / x)) + log(2 * pi * r) / 2


for x in (0, 1e-9, -0.3, 2.5, -1e9, 1e160, -1e200, 1e308):
    add("log1p_square", (x,), lambda x: log1p(x * x))
for a, r, e in [(1, 1, 0.001), (3, 5, 0), (5, 3, -1e-9), (1e15, 1e15 + 3e7, 0.03), (1e8, 1e8, 1e-9), (2, 1e-3, 0), (1e-3, 40, 0.1), (1e200, 1e-200, 0), (7, 7.0001, 0)]:
    add("log_quotient", (a, r, e), lambda a, r, e: log((r + e) / a))
    add("rate_gap", (a, r, e), lambda a, r, e: a * log((r + e) / a) - (r + e - a))
add("rate_gap", (0, 2.5, 0.25), lambda a, r, e: -r - e)
for a, t in [(3, 1e-9), (1e15, 3e-8), (5, -0.007), (5, 0.009), (2, -40), (2.5, 3)]:
    add("exp_gap", (a, t), lambda a, t: a * (t - expm1(t)))
add("exp_gap", (0, -1.5), lambda a, t: -exp(t))
for x, n, t in [(3, 7, 0.4), (4, 7, 0.4), (3e14, 1e15, 1e-7), (7e14, 1e15, -1e-7), (5, 11, 600), (5, 11, -600), (50, 100, 0.007), (50, 100, 0.009)]:
    add("logit_gap", (x, n, t), lambda x, n, t: x * t - n * log1p(x / n * expm1(t)))
for x, n, t in [(0, 7, 0.4), (7, 7, 0.4), (0, 7, -30), (7, 7, 800)]:
    add("logit_gap", (x, n, t), lambda x, n, t: -n * log1p(exp(t if x == 0 else -t)))
for x in (0.3, 20, 1e15, 1e-300):
    add("log_minus", (x, float(log(mpf(x)))), lambda x, y: log(x) - y)
for a in (0.01, 0.7, 3.3, 7.9, 8.1, 29.9, 30.1, 1e4, 1e15):
    add("lgamma_rest", (a,), rest)
    for n in (1, 2, 3, 4):
        if a < 1e10:
            add("lgamma_rest_partial", (n, a), lambda n, a: diff(rest, a, int(n)))
for x in (-38, -12.5, -11.5, -2.5, -1.5, -0.1, 0.5, 6):
    add("log_mills", (x,), mills)
    for n in (1, 2, 3):
        add("log_mills_partial", (n, x), lambda n, x: diff(mills, x, int(n)))
for x, w in [(-41, 1), (-38, 1e-9), (38, 1), (-0.3, 0.5), (-3, 6.5), (-1, 0.2), (2, 30), (-30, 31), (-9, 1e-3), (-6, 12), (0.4, 1.5)]:
    add("log_phi_between", (x, w), between)
    for i, j in [(1, 0), (0, 1), (2, 0), (1, 1), (0, 2), (2, 1), (1, 2), (0, 3)]:
        add("log_phi_between_partial", (i + 8 * j, x, w), lambda o, x, w: diff(between, (x, w), (i, j)))
for z, k in [(-30, 0.01), (-30, 20), (-3, 1e-6), (-1, 3), (0.5, 0.2), (2, 0.01), (5, 2), (-0.5, 1e6)]:
    add("log_phi_exp", (z, k), phi_exp)
for z, a in [(-20, 2), (-5, 3), (-1, 0.4), (-1, -0.4), (-6, -3), (1, 4), (0.3, 30), (2, -2), (-0.001, 1e4)]:
    add("log_skew_phi", (z, a), skew_phi)
for nu, x in [(0, 3), (2, 0.4), (7, 40), (0, 600), (30, 499), (600, 20), (400, 400)]:
    add("log_ive_rest", (nu, x), ive_rest)

print("    // By density_values.py, with mpmath at 60 digits: {function, arguments, value}. Not edited by hand.")
for name, arguments, value in rows:
    print("    {%s, {%s}, %r}," % (name, ", ".join(repr(x) for x in arguments), value))
