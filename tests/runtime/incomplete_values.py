"""Writes incomplete_values.inc: Exact values of functions of several arguments, rounded to double, at points that are doubles.
Both the runtime and the interpreter are held to them.

    python3 incomplete_values.py > incomplete_values.inc        (needs mpmath; a minute)
"""
import random
from mpmath import mp, mpf, beta, betainc, besseli, besselj, besselk, bessely, diff, erfc, exp, findroot, gamma, gammainc, hyp1f1, inf, linspace, log, loggamma, pi, quad, re, sqrt

mp.dps = 45
random.seed(7)


def near(a, b):
    return 10 ** random.uniform(a, b)


def phi(x):
    return erfc(-x / sqrt(mpf(2))) / 2


def gamma_p(a, x):
    return log(gammainc(a, 0, x, regularized=True))


def gamma_q(a, x):
    return log(gammainc(a, x, inf, regularized=True))


def beta_p(a, b, x):
    return log(betainc(a, b, 0, x, regularized=True))


def beta_q(a, b, x):
    return log(betainc(a, b, x, 1, regularized=True))


def owens_t(h, a):
    ends = linspace(0, a, 9) if abs(a) < 8 else [0, a / 64, a / 16, a / 4, a]
    return quad(lambda t: exp(-h * h * (1 + t * t) / 2) / (1 + t * t), ends) / (2 * pi)




rows = []


def add(name, arguments, value):
    found = re(value(*[mpf(float(x)) for x in arguments]))
    if abs(found) < mpf(10) ** -280 or not mp.isfinite(found):
        return
    rows.append((name, [float(x) for x in arguments], float(found)))


for a, b in [(1e-5, 2), (0.5, 0.5), (2, 3), (0.5, 5e3), (3, 1e8), (1e8, 0.5), (1e5, 2e5), (7.9, 8.1), (40, 1e-3), (1e7, 1e7)]:
    add("lbeta", (a, b), lambda a, b: loggamma(a) + loggamma(b) - loggamma(a + b))
for x in (-1e8, -300, -40, -20.5, -19.5, -8, -1, -0.01, 0, 0.5, 3):
    add("log_phi", (x,), lambda x: log(phi(x)) if x > -1000 else -x * x / 2 - log(-x) - log(2 * pi) / 2)
for x in (-60, -12.5, -2, -0.25, 0.75, 2.5):
    for n in (1, 2, 3):
        add("log_phi_partial", (n, x), lambda n, x: diff(lambda t: log(phi(t)), x, int(n)))
for a in (1e-4, 0.05, 0.7, 2.5, 30, 199, 201, 2000):
    for spread in (-2, 0.1, 2.5):
        x = max(a + spread * a ** 0.5, a / 20)
        add("log_gamma_p", (a, x), gamma_p)
        add("log_gamma_q", (a, x), gamma_q)
for a, x in [(2.5, 1e-40), (0.1, 1e-200), (3, 60), (1e-6, 1e-3)]:
    add("log_gamma_p" if x < 1e-4 else "log_gamma_q", (a, x), gamma_p if x < 1e-4 else gamma_q)
# Far out, by finite and convergent series: Q(4, x) = e^-x (1 + x + x^2 / 2 + x^3 / 6), P(a, x) = x^a e^-x M(1, a + 1, x) / G(a + 1).
add("log_gamma_q", (4, 1e32), lambda a, x: -x + log(1 + x + x ** 2 / 2 + x ** 3 / 6))
add("log_gamma_p", (1e6, 1e3), lambda a, x: a * log(x) - x - loggamma(a + 1) + log(hyp1f1(1, a + 1, x)))
for a, x in [(0.3, 0.2), (0.3, 4), (2.5, 1.5), (2.5, 9), (60, 50), (60, 75)]:
    for upper in (0, 1):
        for i, j in [(1, 0), (0, 1), (2, 0), (1, 1), (0, 2)]:
            add("log_gamma_partial", (i + 8 * j + 64 * upper, a, x), lambda o, a, x: diff(gamma_q if upper else gamma_p, (a, x), (i, j)))
for a, b in [(0.01, 3), (0.5, 0.5), (2.5, 0.75), (20, 30), (150, 260), (1000, 3)]:
    for spread in (-2, 0.1, 2):
        m = a / (a + b)
        x = min(max(m + spread * (m * (1 - m) / (a + b + 1)) ** 0.5, m / 50), 1 - (1 - m) / 50)
        add("log_beta_p", (a, b, x), beta_p)
        add("log_beta_q", (a, b, x), beta_q)
add("log_beta_p", (2.5, 3.5, 1e-60), beta_p)
add("log_beta_p", (1e12, 2, 0.5), lambda a, b, x: a * log(x) + log(1 + a * (1 - x)))  # x^a (1 + a (1 - x))
for a, b, x in [(0.4, 0.8, 0.3), (2.5, 3.5, 0.2), (2.5, 3.5, 0.7), (30, 20, 0.55)]:
    for upper in (0, 1):
        for o in [(1, 0, 0), (0, 1, 0), (0, 0, 1), (2, 0, 0), (1, 1, 0), (0, 1, 1), (0, 0, 2)]:
            add("log_beta_partial", (o[0] + 8 * o[1] + 64 * o[2] + 512 * upper, a, b, x), lambda c, a, b, x: diff(beta_q if upper else beta_p, (a, b, x), o))
for a, x in [(0.3, 0.02), (2.5, 4), (2.5, 0.1), (80, 95), (800, 780)]:
    p = float(gammainc(mpf(a), 0, mpf(x), regularized=True))
    add("gamma_p_inv", (a, p), lambda a, p: findroot(lambda t: gammainc(a, 0, t, regularized=True) - p, x))
for a, b, x in [(0.6, 0.7, 0.1), (2.5, 3.5, 0.4), (0.5, 9, 0.001), (300, 200, 0.61)]:
    p = float(betainc(mpf(a), mpf(b), 0, mpf(x), regularized=True))
    add("beta_p_inv", (a, b, p), lambda a, b, p: findroot(lambda t: betainc(a, b, 0, t, regularized=True) - p, x))
for h, a in [(0, 2), (0.5, 0.3), (-1.5, 0.9), (2, 5), (6, -0.4), (0.01, 60), (4, 1)]:
    add("owens_t", (h, a), owens_t)
for nu in (0, 1, 2.5, 40):
    for x in (0.01, 3, 29, 900):
        add("log_ive", (nu, x), lambda nu, x: log(besseli(nu, x)) - x)
        add("log_kve", (nu, x), lambda nu, x: log(besselk(nu, x)) + x)
add("log_ive", (600, 500), lambda nu, x: log(besseli(nu, x)) - x)
for n, x in [(0, 0.5), (1, 3), (4, 7.5), (-1, 2)]:
    add("bessel_j", (n, x), besselj)
    add("bessel_y", (n, x), bessely)

print("    // By incomplete_values.py, with mpmath at 45 digits: {function, arguments, value}. Not edited by hand.")
for name, arguments, value in rows:
    print("    {%s, {%s}, %r}," % (name, ", ".join(repr(x) for x in arguments), value))
