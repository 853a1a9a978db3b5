"""Writes extreme_values.txt: log densities and log cdfs of every distribution of the library at extreme arguments, to 50 digits.

    python3 extreme_values.py > extreme_values.txt        (needs mpmath; some minutes)

The arguments are doubles and are taken as exactly what they are: how much their own rounding would move the result is no excuse. Densities
are textbook formulas; cdfs that are integrals are integrated on panels around the largest integrand. Derivatives are central differences
in 90 digits. A line `distribution` names a distribution, its value and its parameters with their types; a line `logpdf`, `log_cdf` or `log_ccdf` is
arguments (separated by `;`, arrays by blanks) | value | derivatives by the scalar reals among the arguments, nan where there is none.
"""
import itertools
import random
import sys

import mpmath
from mpmath import mp, mpf, mpc, loggamma, log, log1p, sqrt, pi, erf, erfc, atan, sin, inf, matrix

mp.dps = 90
distributions = []


def exp(x):
    if x > 1e6:
        raise OverflowError("exp")
    return mpf(0) if x < -1e6 else mpmath.exp(x)


def expm1(x):
    if x > 1e6:
        raise OverflowError("exp")
    return mpf(-1) if x < -1e6 else mpmath.expm1(x)


def lg(x):
    return mp.re(loggamma(x))


def lbeta(a, b):
    return lg(a) + lg(b) - lg(a + b)


def softplus(x):
    return max(x, mpf(0)) + log1p(exp(-abs(x)))


def log1m_exp(x):
    return log(-expm1(x))


half_log_two_pi = log(2 * pi) / 2


def log_phi(x):
    if x < -30:
        total, term, k = mpf(1), mpf(1), 0
        while abs(term) > mpf(10) ** -95 and k < 400:
            k += 1
            step = -term * (2 * k - 1) / x ** 2
            if abs(step) > abs(term):
                break
            term = step
            total += term
        if abs(term) < mpf(10) ** -60:
            return -x * x / 2 - half_log_two_pi - log(-x) + log(total)
    if x > 0:
        return log1p(-erfc(x / sqrt(mpf(2))) / 2) if x < 1000 else mpf(0)
    return log(erfc(-x / sqrt(mpf(2))) / 2)


def log_integral(f, low, high, peak, scale):
    """ln int exp(f) for a log-concave f, largest at `peak` (clamped to the interval), that falls on the scale `scale`."""
    with mp.workdps(mp.dps + 10):
        top = min(max(peak, low), high)
        value = f(top)
        ends = []
        for sign, end in ((-1, low), (1, high)):
            step = scale
            while abs(step) < abs(end - top) and value - f(top + sign * step) < 1:
                step *= 2
            while value - f(top + sign * min(step, abs(end - top))) > 2 and step > 0:
                step /= 2
            while step < abs(end - top) and value - f(top + sign * step) < 130:
                step *= mpf(1.5)
            ends.append(top + sign * min(step, abs(end - top)))
        with mp.workdps(45):
            left, right = ends
            def pieces(a, b):  # at most 3 wide where the integrand is in a logarithm
                n = max(16, min(400, int((b - a) / 3)))
                return [a + (b - a) * k / n for k in range(n)] if a < b else []
            cuts = pieces(left, top) + pieces(top, right) + [max(top, right)]
            total = mpf(0)
            for a, b in zip(cuts, cuts[1:]):
                if b > a:
                    total += mp.quad(lambda s: exp(f(s) - value), [a, b], method="gauss-legendre", maxdegree=5)
        return value + log(total)


def two_sides(f, at, peak, scale, front):
    """ln of the shares of int exp(f) below and above `at`, of which the smaller is integrated."""
    below = at < peak
    def integral(below):
        return log_integral(f, -inf if below else at, at if below else inf, peak, scale) - front
    value = integral(below)
    if value > log(mpf("0.7")):
        below = not below
        value = integral(below)
    return (value, log1p(-exp(value))) if below else (log1p(-exp(value)), value)


def gamma_pq(a, x):
    """ln P, ln Q."""
    return two_sides(lambda s: a * s - exp(s), log(x), log(a), min(1 / (sqrt(a) + abs(a - x) + mpf(10) ** -40), mpf(1)), lg(a))


def beta_of_logit(a, b, at):
    """ln I, ln(1 - I) at x = inv_logit(at)."""
    scale = min(mpf(1), 1 / sqrt(a * b / (a + b)))
    return two_sides(lambda s: -a * softplus(-s) - b * softplus(s), at, log(a / b), scale, lbeta(a, b))


def beta_pq(a, b, x):
    return beta_of_logit(a, b, log(x) - log1p(-x))


def emg_integral(z, k):
    """ln int_0^inf phi(z - s) (1 - exp(-k s)) ds"""
    if k > 1:  # the two parts are apart
        return log(exp(log_phi(z)) - exp(-z * z / 2 - half_log_two_pi + log_mills(z - k))) if z > -1000 else log_phi(z) + log1p(-exp(log_mills(z - k) - log_mills(z)))
    slope = lambda s: z - s + (k / expm1(k * s) if k * s < 1e6 else 0)
    low, high = mpf(10) ** -400, mpf(1)
    while slope(high) > 0:
        high *= 2
    for _ in range(120):
        middle = sqrt(low * high) if high > 2 * low else (low + high) / 2
        low, high = (middle, high) if slope(middle) > 0 else (low, middle)
    f = lambda s: -(z - s) ** 2 / 2 - half_log_two_pi + log(-expm1(-k * s)) if s > 0 else -mpf(10) ** 400
    return log_integral(f, mpf(0), inf, low, low / 4)


def emg_cdf(z, k):
    """ln of P(Z + E / k < z) and of its complement."""
    below = emg_integral(z, k)
    if z <= 0:
        return below, log1p(-exp(below))
    first, second = log_phi(-z), -z * z / 2 - half_log_two_pi + log_mills(z - k)
    above = max(first, second) + log1p(exp(-abs(first - second)))
    return log1p(-exp(above)), above


def log_mills(x):
    return log_phi(x) + x * x / 2 + half_log_two_pi


def skew_cdf(z, alpha):
    """ln of the cdf of the standard skew normal and of its complement."""
    def lower(z, alpha):  # z <= 0, alpha >= 0
        f = lambda s: -(z - s) ** 2 / 2 - half_log_two_pi + log_phi(alpha * (z - s)) + log(mpf(2))
        return log_integral(f, mpf(0), inf, mpf(0), 1 / (1 + abs(z) * (1 + alpha ** 2) + alpha))
    def left(z, alpha):  # z <= 0
        if alpha >= 0:
            return lower(z, alpha)
        whole = log(mpf(2)) + log_phi(z)
        return whole + log1p(-exp(lower(z, -alpha) - whole))
    if z <= 0:
        below = left(z, alpha)
        return below, log1p(-exp(below))
    above = left(-z, -alpha)
    below = left(-z, alpha)
    return log(exp(below) + erf(z / sqrt(mpf(2)))), above


def log_ive(n, x):
    with mp.workdps(60):
        if x < 1e4 or n > x:
            return log(mp.besseli(n, x)) - x
        # the integral 1 / pi int_0^pi exp(x (cos t - 1)) cos(n t) dt has cancellation; the Debye series instead
        return debye(n, x)


def debye(n, x):
    """ln(exp(-x) I_n(x)) for a large n^2 + x^2, by the series in 1 / sqrt(n^2 + x^2) to many terms (DLMF 10.41)."""
    root = sqrt(n * n + x * x)
    p = n / root if n else mpf(0)
    total, m = mpf(0), 0
    # u_k(p) / n^k = w_k with p / n = 1 / root: coefficients of u_k in powers of p
    u = [mpf(1)]
    for k in range(0, 14):
        total += sum(c * (p ** (i - k)) for i, c in enumerate(u) if c != 0) / root ** k if k else 1
        # u_{k+1} = p^2 (1 - p^2) u' / 2 + 1/8 int (1 - 5 t^2) u
        new = [mpf(0)] * (len(u) + 3)
        for i, c in enumerate(u):
            new[i + 1] += c * i / 2 + c / (8 * (i + 1))
            new[i + 3] += -c * i / 2 - 5 * c / (8 * (i + 3))
        u = new
    eta = root - x - (n * mp.asinh(n / x) if n else 0)
    return eta - log(2 * pi * root) / 2 + log(total)


def is_array(a):
    return isinstance(a, (list, tuple))


def to_mp(a):
    return [mpf(v) for v in a] if is_array(a) else mpf(a)


class Law:
    def __init__(self, name, formals, density, points, cdf=None, cdf_points=None, cheap=False, grad=True):
        self.name, self.formals, self.density, self.points = name, formals, density, points
        self.cdf, self.cdf_points, self.cheap, self.grad = cdf, cdf_points, cheap, grad
        distributions.append(self)

    def is_positive(self, i):
        return "lower=0" in self.formals[i]

    def scalars(self):
        return [i for i, f in enumerate(self.formals) if f.split(":", 1)[1].split("<")[0] == "real" and "[" not in f]


def derivative(f, args, i, positive):
    """The central difference; nan at a kink, where those to either side differ."""
    x = mpf(args[i])
    h = abs(x) * mpf(10) ** -22 if positive else max(abs(x) * mpf(10) ** -22, mpf(10) ** -40)
    def at(v):
        changed = list(args)
        changed[i] = v
        return f(*changed)
    try:
        low, middle, high = at(x - h), at(x), at(x + h)
        slope = (high - low) / (2 * h)
        curve = abs((high - middle) - (middle - low)) / h
        return slope if curve < mpf(10) ** -10 * (abs(slope) + mpf(10) ** -10) else mpf("nan")
    except Exception:
        return mpf("nan")


def shown(v, digits=17):
    if v is None or isinstance(v, mpc) or mp.isnan(v) or abs(v) > mpf(10) ** 307:
        return "nan"
    if abs(v) < mpf(10) ** -307:
        return "0.0"
    return repr(float(v)) if digits >= 17 else f"{float(v):.{digits}g}"


def text_of(a):
    one = lambda v: str(v) if isinstance(v, int) else repr(float(v))
    return " ".join(one(v) for v in a) if is_array(a) else one(a)


def real_enough(v):
    return v is not None and not isinstance(v, mpc) and not mp.isnan(v) and not mp.isinf(v) and abs(v) < mpf(10) ** 306


def write(dist):
    print("distribution", dist.name, *[f.replace(" ", "") for f in dist.formals])
    count = 0
    for point in dist.points:
        if count == 40:
            break
        args = [to_mp(a) for a in point]
        try:
            value = dist.density(*args)
        except Exception as error:
            print(dist.name, point, error, file=sys.stderr)
            continue
        if not real_enough(value):
            continue
        grads = [derivative(dist.density, args, i, dist.is_positive(i)) if dist.grad else None for i in dist.scalars()]
        print("logpdf", ";".join(text_of(a) for a in point), "|", shown(value), "|", *[shown(g, 14) for g in grads])
        count += 1
    counts = [count]
    if dist.cdf:
        for side, member in enumerate(("log_cdf", "log_ccdf")):
            count = 0
            for point in dist.cdf_points or dist.points:
                if count == 40:
                    break
                args = [to_mp(a) for a in point]
                try:
                    value = dist.cdf(*args)[side]
                except Exception as error:
                    print(dist.name, point, error, file=sys.stderr)
                    continue
                if not real_enough(value):
                    continue
                real_value = dist.formals[0].split(":")[1].startswith("real")
                grads = []
                for i in dist.scalars():
                    if dist.cheap:
                        grads.append(derivative(lambda *a: dist.cdf(*a)[side], args, i, dist.is_positive(i)))
                    elif i == 0 and real_value:
                        grads.append((1 - 2 * side) * exp(dist.density(*args) - value))
                    else:
                        grads.append(None)
                print(member, ";".join(text_of(a) for a in point), "|", shown(value), "|", *[shown(g, 14) for g in grads])
                count += 1
            counts.append(count)
    print(dist.name, *counts, file=sys.stderr)


def some(points, explicit=(), count=90, seed=7):
    """The explicit points, and from the product as many more as make `count`; 40 with a finite value are kept."""
    points = [p for p in points if p not in explicit]
    random.Random(seed).shuffle(points)
    return list(explicit) + points[: max(0, count - len(explicit))]


def product(*lists):
    return list(itertools.product(*lists))


# Families that are location and scale of a standard one.
wide_x = [0.0, 1e-300, -1e-8, 0.7, -40.0, 1e5, -1e8, 1e200]
wide_mu = [0.0, -3.3, 1e8, -1e-9]
wide_sigma = [1e-8, 0.37, 1.0, 1e8, 1e150]
near_points = [(1e8 + 0.5, 1e8, 1.0), (3.1, 3.1, 1e-12), (1e15 + 2.0, 1e15, 0.3), (-38.5, 0.2, 1.1), (40.0, 0.0, 1.0), (-1e5, 0.0, 1.0), (1e-5, 0.0, 1.0)]


def z_of(x, mu, sigma):
    return (x - mu) / sigma


def location_scale(name, names, density, cdf, extra=(), points=None):
    def shifted(x, mu, sigma):
        return density(z_of(x, mu, sigma)) - log(sigma)
    Law(name, ["x:real", f"{names[0]}:real", f"{names[1]}:real<lower=0>"], shifted, points or some(product(wide_x, wide_mu, wide_sigma), near_points + list(extra)),
        cdf=cdf and (lambda x, mu, sigma: cdf(z_of(x, mu, sigma))), cheap=True)


def normal(z):
    return -z * z / 2 - half_log_two_pi


location_scale("normal", ("mu", "sigma"), normal, lambda z: (log_phi(z), log_phi(-z)))
Law("std_normal", ["x:real"], normal, [(s * v,) for s in (1, -1) for v in (0.0, 1e-300, 1e-8, 0.3, 1.0, 2.5, 5.5, 8.2, 9.7, 13.0, 19.9, 20.1, 37.0, 38.5, 40.0, 100.0, 1e4, 1e8, 1e50, 1e150)],
    cdf=lambda x: (log_phi(x), log_phi(-x)), cheap=True)


def log_atan_tail(z):  # ln of the cauchy cdf, z <= 0
    return log(atan(-1 / z) / pi) if z < -1 else log(mpf(1) / 2 + atan(z) / pi)


location_scale("cauchy", ("mu", "sigma"), lambda z: -log(pi) - log1p(z * z), lambda z: (log_atan_tail(z), log1p(-exp(log_atan_tail(z)))) if z < 0 else (log1p(-exp(log_atan_tail(-z))), log_atan_tail(-z)),
               extra=[(1e200, 0.0, 1.0), (-1e300, 2.0, 1e-3), (1e160, 0.0, 1e-140)])


def laplace_cdf(z):
    tail = -abs(z) - log(mpf(2))
    return (tail, log1p(-exp(tail))) if z < 0 else (log1p(-exp(tail)), tail)


location_scale("laplace", ("mu", "b"), lambda z: -abs(z) - log(mpf(2)), laplace_cdf, extra=[(1.5, 1.5, 2.0), (0.0, 0.0, 1.0), (1.0, 0.0, 1e-300)])
location_scale("logistic", ("mu", "sigma"), lambda z: -abs(z) - 2 * log1p(exp(-abs(z))), lambda z: (-softplus(-z), -softplus(z)))
location_scale("gumbel", ("mu", "beta"), lambda z: -z - exp(-z), lambda z: (-exp(-z), log1m_exp(-exp(-z))), extra=[(-6.0, 0.0, 1.0), (-300.0, 0.0, 1.0), (-2.0, 5.0, 0.01), (800.0, 0.0, 1.0), (1e300, 0.0, 1.0)])


def skew_double(x, mu, sigma, tau):
    return log(2 * tau) + log1p(-tau) - log(sigma) - 2 / sigma * ((1 - tau) * (mu - x) if x < mu else tau * (x - mu))


def skew_double_cdf(x, mu, sigma, tau):
    if x < mu:
        below = log(tau) - 2 * (1 - tau) * (mu - x) / sigma
        return below, log1p(-exp(below))
    above = log1p(-tau) - 2 * tau * (x - mu) / sigma
    return log1p(-exp(above)), above


Law("skew_double_exponential", ["x:real", "mu:real", "sigma:real<lower=0>", "tau:real<lower=0,upper=1>"], skew_double,
    some(product([0.3, -40.0, 1e5, 1e-9, -1e100], [0.0, 1e5, -2.0], [1e-8, 1.0, 1e9], [1e-200, 1e-12, 0.3, 0.5, 1 - 2.0**-53]), [(1e-9, 0.0, 1.0, 0.3), (-1e-9, 0.0, 1.0, 0.3), (1e-9, 0.0, 1.0, 1 - 2.0**-53)]), cdf=skew_double_cdf, cheap=True)


# Half of the real line.
wide_positive = [1e-300, 1e-20, 1e-3, 0.7, 3.0, 50.0, 1e5, 1e20, 1e200]
scales = [1e-200, 1e-8, 0.3, 1.0, 1e8, 1e150]

Law("half_normal", ["x:real<lower=0>", "s:real<lower=0>"], lambda x, s: -(x / s) ** 2 / 2 - log(s) + log(2 / pi) / 2, some(product(wide_positive, scales), [(8.5, 1.0), (40.0, 1.0), (1.0, 1.0), (0.999, 1.0), (5.9, 1.0)]),
    cdf=lambda x, s: (log(erf(x / s / sqrt(mpf(2)))) if x / s < 1 else log1p(-exp(log(mpf(2)) + log_phi(-x / s))), log(mpf(2)) + log_phi(-x / s)), cheap=True)
Law("half_cauchy", ["x:real<lower=0>", "s:real<lower=0>"], lambda x, s: log(2 / pi) - log(s) - log1p((x / s) ** 2), some(product(wide_positive, scales), [(1e200, 1.0), (1e300, 1e-3)]),
    cdf=lambda x, s: (log(2 / pi * atan(x / s)) if x < s else log1p(-2 / pi * atan(s / x)), log1p(-2 / pi * atan(x / s)) if x < s else log(2 / pi * atan(s / x))), cheap=True)


def student(z, nu):
    return -lbeta(nu / 2, mpf(1) / 2) - log(nu) / 2 - (nu + 1) / 2 * log1p(z * z / nu)


def student_two_sided(z, nu):
    """ln P(|t| < z), ln P(|t| > z), from z / sqrt(nu) = e^s."""
    f = lambda s: s - (nu + 1) / 2 * softplus(2 * s)
    scale = min(mpf(1), 1 / sqrt(nu))
    return two_sides(f, log(z / sqrt(nu)), -log(nu) / 2, scale, lbeta(nu / 2, mpf(1) / 2) - log(mpf(2)))


def student_cdf(x, nu, mu, sigma):
    z = (x - mu) / sigma
    if z == 0:
        return log(mpf(1) / 2), log(mpf(1) / 2)
    tail = student_two_sided(abs(z), nu)[1] - log(mpf(2))
    return (tail, log1p(-exp(tail))) if z < 0 else (log1p(-exp(tail)), tail)


student_points = some(product([0.0, 1e-7, -0.7, 30.0, -1e5, 1e100, 1e200], [1e-10, 0.01, 1.0, 4.5, 200.0, 1e6, 1e12], [0.0, 2.5], [1e-8, 1.0, 1e8]),
                      [(1e200, 3.0, 0.0, 1.0), (-1e300, 1.0, 0.0, 1e-5), (2.0, 1e15, 0.0, 1.0), (1e160, 1e-3, 0.0, 1.0), (35.0, 1e8, 0.0, 1.0), (1e170, 1e20, 0.0, 1.0)])
Law("student_t", ["x:real", "nu:real<lower=0>", "mu:real", "sigma:real<lower=0>"], lambda x, nu, mu, sigma: student(z_of(x, mu, sigma), nu) - log(sigma), student_points, cdf=student_cdf)
Law("half_student_t", ["x:real<lower=0>", "nu:real<lower=0>", "s:real<lower=0>"], lambda x, nu, s: log(mpf(2)) + student(x / s, nu) - log(s),
    some(product([1e-300, 1e-7, 0.7, 30.0, 1e5, 1e100, 1e200], [1e-10, 0.01, 1.0, 4.5, 200.0, 1e6, 1e12], [1e-8, 1.0, 1e8]), [(1e200, 3.0, 1.0), (35.0, 1e8, 1.0), (2.0, 1e15, 1.0)]),
    cdf=lambda x, nu, s: student_two_sided(x / s, nu))
Law("exponential", ["x:real<lower=0>", "rate:real<lower=0>"], lambda x, r: log(r) - r * x, some(product(wide_positive, scales), [(0.0, 2.0), (1.0, 1e-17)]), cdf=lambda x, r: (log1m_exp(-r * x), -r * x), cheap=True)
Law("rayleigh", ["x:real<lower=0>", "sigma:real<lower=0>"], lambda x, s: log(x) - 2 * log(s) - (x / s) ** 2 / 2, some(product(wide_positive, scales), [(1e-200, 1.0), (3e-170, 0.5)]),
    cdf=lambda x, s: (log1m_exp(-(x / s) ** 2 / 2), -(x / s) ** 2 / 2), cheap=True)
Law("lognormal", ["x:real<lower=0>", "mu:real", "sigma:real<lower=0>"], lambda x, mu, s: -((log(x) - mu) / s) ** 2 / 2 - log(x) - log(s) - half_log_two_pi,
    some(product([1e-300, 1e-10, 0.999999, 1.0, 1 + 1e-9, 20.0, 1e10, 1e300], [0.0, -3.0, 2.995732273553991, 690.0, 1e5], [1e-8, 1e-3, 1.0, 100.0]), [(20.0, 2.995732273553991, 1e-9), (1e300, 690.775527898, 1e-6)]),
    cdf=lambda x, mu, s: (log_phi((log(x) - mu) / s), log_phi((mu - log(x)) / s)), cheap=True)


def weibull_w(x, a, s):
    return exp(a * log(x / s))


Law("weibull", ["x:real<lower=0>", "alpha:real<lower=0>", "sigma:real<lower=0>"], lambda x, a, s: log(a) - log(s) + (a - 1) * log(x / s) - weibull_w(x, a, s),
    some(product([1e-300, 1e-10, 0.9, 1.0, 2.1, 1e5, 1e300], [1e-10, 0.01, 0.5, 2.5, 40.0, 1e6], [1e-100, 0.9, 1.0, 1e10]), [(1 + 1e-9, 1e10, 1.0), (3.0000003, 1e8, 3.0), (1e200, 0.001, 1e-200)]),
    cdf=lambda x, a, s: (log1m_exp(-weibull_w(x, a, s)), -weibull_w(x, a, s)), cheap=True)
Law("frechet", ["x:real<lower=0>", "alpha:real<lower=0>", "sigma:real<lower=0>"], lambda x, a, s: log(a) - log(s) - (a + 1) * log(x / s) - weibull_w(x, -a, s),
    some(product([1e-300, 1e-10, 0.9, 1.0, 2.1, 1e5, 1e300], [1e-10, 0.01, 0.5, 2.5, 40.0, 1e6], [1e-100, 0.9, 1.0, 1e10]), [(1 + 1e-9, 1e10, 1.0), (3.0000003, 1e8, 3.0), (1e200, 0.001, 1e-200)]),
    cdf=lambda x, a, s: (-weibull_w(x, -a, s), log1m_exp(-weibull_w(x, -a, s))), cheap=True)
Law("pareto", ["x:real<lower=0>", "y_min:real<lower=0>", "alpha:real<lower=0>"], lambda x, m, a: log(a) - log(m) - (a + 1) * log(x / m),
    [p for p in some([(m * f, m, a) for m, f, a in product([1e-200, 1e-8, 1.0, 3.7, 1e100], [1.0 + 1e-12, 1.0001, 2.0, 1e10, 1e150], [1e-10, 0.5, 3.0, 1e8])], [(1e200, 1e-200, 2.0), (1e200, 1.0, 2.0), (1 + 1e-10, 1.0, 1e12), (1e300, 1e-300, 0.5)]) if p[0] > p[1]],
    cdf=lambda x, m, a: (log1m_exp(-a * log(x / m)), -a * log(x / m)), cheap=True)
Law("pareto_type_2", ["x:real", "mu:real", "lambda_:real<lower=0>", "alpha:real<lower=0>"], lambda x, mu, l, a: log(a) - log(l) - (a + 1) * log1p((x - mu) / l),
    [p for p in some([(mu + d, mu, l, a) for mu, d, l, a in product([0.0, -1.0, 1e5], [1e-10, 0.5, 1e10, 1e200], [1e-200, 1e-5, 1.0, 1e100], [1e-10, 0.5, 3.0, 1e8])], [(1e200, 0.0, 1e-200, 1.0), (1e-9, 0.0, 1.0, 1e12), (1e300, 0.0, 1e-300, 2.0)]) if p[0] > p[1]],
    cdf=lambda x, mu, l, a: (log1m_exp(-a * log1p((x - mu) / l)), -a * log1p((x - mu) / l)), cheap=True)


def loglogistic_w(x, a, b):
    return b * log(x / a)


Law("loglogistic", ["x:real<lower=0>", "alpha:real<lower=0>", "beta:real<lower=0>"], lambda x, a, b: log(b) - log(x) - abs(loglogistic_w(x, a, b)) - 2 * log1p(exp(-abs(loglogistic_w(x, a, b)))),
    some(product([1e-300, 1e-10, 0.9, 1.0, 2.1, 1e5, 1e300], [1e-100, 0.9, 1.0, 1e10], [1e-10, 0.01, 0.5, 2.5, 40.0, 1e6]), [(1 + 1e-9, 1.0, 1e10), (3.0000003, 3.0, 1e8), (1e200, 1e-200, 0.001)]),
    cdf=lambda x, a, b: (-softplus(-loglogistic_w(x, a, b)), -softplus(loglogistic_w(x, a, b))), cheap=True)


# Gamma and its kin. Points of large shape lie a few standard deviations around the mean.
def around(shape, rate, sds=(-5.0, -1.0, 0.01, 3.0)):
    return [(shape / rate + s * shape**0.5 / rate, shape, rate) for s in sds]


gamma_points = some(product([1e-300, 1e-10, 0.5, 3.0, 700.0, 1e10], [1e-300, 1e-10, 0.1, 1.0, 7.9, 8.1, 50.0], [1e-8, 1.0, 1e5]),
                    around(1e8, 1.0, (-1.0, 3.0)) + around(1e10, 0.7, (-5.0, 0.01)) + around(1e12, 3.3, (1.0,)) + around(1e15, 1.0, (-1.0, 2.0)) + around(1e15, 0.7, (0.5, 4.0)) + around(3e5, 1e-3, (6.0, -0.5)) +
                    [(1e-300, 1e-3, 1.0), (1e300, 2.0, 1e-300), (1e5, 1e-200, 1e-3), (1e8, 1e15, 1.0), (2e15, 1e15, 1.0)])


def gamma(x, a, b):
    return (a - 1) * log(x) - b * x + a * log(b) - lg(a)


gamma_cdf = lambda x, a, b: gamma_pq(a, b * x)
small_enough = lambda x, a, b: True
Law("gamma", ["x:real<lower=0>", "shape:real<lower=0>", "rate:real<lower=0>"], gamma, gamma_points, cdf=gamma_cdf)
Law("inv_gamma", ["x:real<lower=0>", "shape:real<lower=0>", "scale:real<lower=0>"], lambda x, a, b: a * log(b) - lg(a) - (a + 1) * log(x) - b / x,
    [(1 / x if x > 1e-300 else 1e300, a, b) for x, a, b in gamma_points], cdf=lambda x, a, b: gamma_pq(a, b / x)[::-1])
Law("erlang", ["x:real<lower=0>", "k:int<lower=1>", "rate:real<lower=0>"], lambda x, a, b: gamma(x, a, b),
    [(x, int(k), r) for x, k, r in some(product([1e-300, 1e-10, 0.5, 3.0, 700.0, 1e10], [1, 2, 7, 9, 50], [1e-8, 1.0, 1e5]), [p for p in gamma_points if p[1] >= 1 and p[1] == int(p[1]) and p[1] > 100])], cdf=gamma_cdf)
chi_points = some(product([1e-300, 1e-10, 0.5, 3.0, 700.0, 1e10], [1e-300, 1e-10, 0.1, 1.0, 2.0, 17.0, 100.0]), [(2 * x, 2 * a) for x, a, b in gamma_points if a > 1e5 and b == 1.0] + [(x, x) for x in (1e8, 1e9, 1e11, 1e13, 1e15)])
Law("chi_square", ["x:real<lower=0>", "nu:real<lower=0>"], lambda x, nu: gamma(x, nu / 2, mpf(1) / 2), chi_points, cdf=lambda x, nu: gamma_pq(nu / 2, x / 2))
Law("inv_chi_square", ["x:real<lower=0>", "nu:real<lower=0>"], lambda x, nu: -(nu / 2 + 1) * log(x) - 1 / (2 * x) - nu / 2 * log(mpf(2)) - lg(nu / 2),
    [(1 / x if x > 1e-300 else 1e300, nu) for x, nu in chi_points], cdf=lambda x, nu: gamma_pq(nu / 2, 1 / (2 * x))[::-1])
Law("scaled_inv_chi_square", ["x:real<lower=0>", "nu:real<lower=0>", "s:real<lower=0>"], lambda x, nu, s: nu / 2 * log(nu * s * s / 2) - lg(nu / 2) - (nu / 2 + 1) * log(x) - nu * s * s / (2 * x),
    some(product([1e-100, 1e-10, 0.5, 3.0, 700.0, 1e10], [1e-300, 1e-10, 0.1, 1.0, 17.0, 100.0], [1e-5, 1.0, 1e5]),
         [(s * s * (1 + t * (2 / nu) ** 0.5), nu, s) for nu, s, t in ((1e8, 1.0, 1.0), (1e10, 0.7, -2.0), (1e12, 3.3, 0.1), (1e15, 1.0, 2.0), (1e15, 0.7, -0.5), (1e5, 1e-5, 3.0))] + [(1.0, 1e9, 1.0), (1e-200, 3.0, 1e-200), (1e250, 3.0, 1e170)]),
    cdf=lambda x, nu, s: gamma_pq(nu / 2, nu * s * s / (2 * x))[::-1])


def inv_gaussian_cdf(x, mu, l):
    r1, r2 = sqrt(l / x) * (x / mu - 1), sqrt(l / x) * (x / mu + 1)
    top = max(log_phi(r1), -r1 * r1 / 2 - half_log_two_pi + log_mills(-r2))
    below = top + log(exp(log_phi(r1) - top) + exp(-r1 * r1 / 2 - half_log_two_pi + log_mills(-r2) - top))
    above = emg_integral(-r1, r2 - r1)
    return below if r1 < 0 else log1p(-exp(above)), above if r1 > 0 else log1p(-exp(below))


ig_points = some(product([1e-10, 1e-3, 0.7, 1.0, 30.0, 1e6], [1e-3, 0.7, 1.0, 1e5], [1e-8, 0.5, 3.0, 1e4]),
                 [(1 + 1e-5, 1.0, 1e10), (1 - 1e-7, 1.0, 1e15), (2.0, 2.0, 1e14), (1e-200, 1e-100, 1e-150), (1e100, 1e50, 1.0), (3.0, 1e150, 2.0), (1.0, 1.0, 1e15), (1e8, 1e8, 1e3)])
Law("inv_gaussian", ["x:real<lower=0>", "mu:real<lower=0>", "lambda_:real<lower=0>"], lambda x, mu, l: (log(l) - log(2 * pi) - 3 * log(x)) / 2 - l * (x - mu) ** 2 / (2 * mu * mu * x), ig_points,
    cdf=inv_gaussian_cdf)


def emg(x, mu, s, l):
    z, k = (x - mu) / s, l * s
    return log(l) - z * z / 2 - half_log_two_pi + log_mills(z - k)


emg_points = some(product([-60.0, -3.0, 0.0, 0.7, 5.0, 100.0, 1e5], [0.0, 2.0], [1e-5, 0.3, 1.0, 100.0], [1e-8, 0.1, 1.0, 300.0]), [(-1e6, 0.0, 1.0, 1.0), (-99.9, 0.0, 1.0, 0.1), (0.0, 0.0, 1.0, 1e8), (1e10, 0.0, 1.0, 1e-5), (-20.0, 0.0, 1.0, 1e-12)])
Law("exp_mod_normal", ["x:real", "mu:real", "sigma:real<lower=0>", "lambda_:real<lower=0>"], emg, emg_points, cdf=lambda x, mu, s, l: emg_cdf((x - mu) / s, l * s))


def skew_normal(x, xi, w, a):
    z = (x - xi) / w
    return log(mpf(2)) - z * z / 2 - half_log_two_pi - log(w) + log_phi(a * z)


skew_points = some(product([-40.0, -5.0, -0.3, 0.0, 1e-6, 0.7, 8.0, 100.0], [0.0], [0.5, 1.0, 1e3], [-1e8, -100.0, -3.0, -0.01, 0.0, 1e-10, 0.4, 3.0, 100.0, 1e8]), [(-1e6, 0.0, 1.0, 2.0), (1e5, 1.0, 1.0, -3.0), (1e150, 0.0, 1e10, 0.5), (-12.0, 0.0, 1.0, 3.0)])
Law("skew_normal", ["x:real", "xi:real", "omega:real<lower=0>", "alpha:real"], skew_normal, skew_points, cdf=lambda x, xi, w, a: skew_cdf((x - xi) / w, a),
    cdf_points=[p for p in skew_points if abs(p[0] / p[2]) < 1e7])


# The unit interval and finite intervals.
def beta(x, a, b):
    return (a - 1) * log(x) + (b - 1) * log1p(-x) - lbeta(a, b)


def beta_near(a, b, sds):
    m = a / (a + b)
    return [(m + s * (m * (1 - m) / (a + b)) ** 0.5, a, b) for s in sds]


beta_points = some(product([1e-300, 1e-10, 0.3, 0.5, 0.999, 1 - 2.0**-53], [1e-300, 1e-10, 0.1, 1.0, 7.9, 60.0, 1e6], [1e-200, 1e-8, 0.5, 2.0, 12.0, 1e5]),
                   beta_near(1e8, 1e8, (1.0, -3.0)) + beta_near(1e12, 3e12, (0.1, 2.0)) + beta_near(1e15, 1e15, (-1.0,)) + beta_near(1e15, 3e14, (1.0,)) + beta_near(2.0, 1e10, (1.0,)) + beta_near(1e8, 0.5, (-0.5,)) +
                   beta_near(1e15, 20.0, (-1.0,)) + beta_near(10.0, 1e13, (0.5,)))
Law("beta", ["x:real<lower=0,upper=1>", "a:real<lower=0>", "b:real<lower=0>"], beta, beta_points, cdf=lambda x, a, b: beta_pq(a, b, x))
Law("beta_proportion", ["x:real<lower=0,upper=1>", "mu:real<lower=0,upper=1>", "kappa:real<lower=0>"], lambda x, m, k: beta(x, m * k, (1 - m) * k),
    some(product([1e-300, 1e-10, 0.3, 0.5, 0.999, 1 - 2.0**-53], [1e-100, 1e-9, 0.2, 0.5, 1 - 2.0**-40], [1e-100, 1e-8, 0.5, 12.0, 1e5]),
         [(m + s * (m * (1 - m) / k) ** 0.5, m, k) for m, k, s in ((0.3, 1e8, 1.0), (0.3, 1e12, -1.0), (0.7, 1e15, 2.0), (0.5, 1e15, 0.1), (1e-5, 1e10, 1.0), (0.9, 1e9, -3.0))]),
    cdf=lambda x, m, k: beta_pq(m * k, (1 - m) * k, x))


def logit(x):
    return log(x) - log1p(-x)


Law("logit_normal", ["x:real<lower=0,upper=1>", "mu:real", "sigma:real<lower=0>"], lambda x, mu, s: -((logit(x) - mu) / s) ** 2 / 2 - log(x) - log1p(-x) - log(s) - half_log_two_pi,
    some(product([1e-300, 1e-10, 0.2, 0.5, 0.5 + 1e-9, 0.7, 0.999, 1 - 2.0**-53], [0.0, -3.0, 0.8472978603872, 30.0], [1e-8, 1e-3, 1.0, 100.0]), [(0.7, 0.8472978603872036, 1e-9)]),
    cdf=lambda x, mu, s: (log_phi((logit(x) - mu) / s), log_phi((mu - logit(x)) / s)), cheap=True)


def kumaraswamy_rest(x, a):
    return log(-expm1(a * log(x)))


Law("kumaraswamy", ["x:real<lower=0,upper=1>", "a:real<lower=0>", "b:real<lower=0>"], lambda x, a, b: log(a) + log(b) + (a - 1) * log(x) + (b - 1) * kumaraswamy_rest(x, a),
    some(product([1e-300, 1e-10, 0.3, 0.5, 0.999, 1 - 2.0**-53], [1e-100, 1e-8, 0.1, 2.0, 60.0, 1e6], [1e-100, 1e-8, 0.5, 2.0, 60.0, 1e6])),
    cdf=lambda x, a, b: (log1m_exp(b * kumaraswamy_rest(x, a)), b * kumaraswamy_rest(x, a)), cheap=True)
Law("uniform", ["x:real", "a:real", "b:real"], lambda x, a, b: -log(b - a),
    [(a + f * (b - a), a, b) for a, b in ((0.0, 1.0), (-1e300, 1e300), (1.0, 1 + 2.0**-50), (-1e-300, 1e-300), (1e8, 1e8 + 1), (-5.0, 1e150), (0.0, 1e-310), (-1e-5, 3e-5), (-1.7e308, 1.7e308)) for f in (1e-10, 0.25, 0.5, 0.75, 1 - 1e-9)],
    cdf=lambda x, a, b: (log(x - a) - log(b - a), log(b - x) - log(b - a)), cdf_points=[(a + f * (b - a), a, b) for a, b in ((0.0, 1.0), (-1e300, 1e300), (1e8, 1e8 + 1), (-5.0, 1e150), (-1e-5, 3e-5)) for f in (1e-10, 0.25, 0.5, 0.75, 1 - 1e-9, 2.0**-26, 1e-5, 0.999)],
    cheap=True)


def von_mises(x, mu, k):
    return -2 * k * sin((x - mu) / 2) ** 2 - log(2 * pi) - log_ive(mpf(0), k)


Law("von_mises", ["x:real", "mu:real", "kappa:real<lower=0>"], von_mises,
    some(product([-3.14159, -1.0, 0.0, 1e-8, 0.5, 3.0], [0.0, 0.5, -3.0, 0.5 + 1e-9], [1e-300, 1e-10, 0.3, 7.9, 29.0, 31.0, 700.0, 1e5]), [(0.5 + 1e-7, 0.5, 1e14), (1e-3, 0.0, 1e6), (0.5, 0.5, 1e15), (1e-8, 0.0, 1e300)]))


# Counts.
def xlogy(x, y):
    return mpf(0) if x == 0 else x * log(y)


def xlog1py(x, y):
    return mpf(0) if x == 0 else x * log1p(y)


def lchoose(n, k):
    return lg(n + 1) - lg(k + 1) - lg(n - k + 1)


Law("bernoulli", ["x:int<0,1>", "p:real<lower=0,upper=1>"], lambda x, p: log(p) if x == 1 else log1p(-p),
    [(x, p) for x in (0, 1) for p in (1e-300, 1e-100, 1e-30, 1e-17, 1e-8, 0.001, 0.1, 0.25, 0.3, 0.499, 0.5, 0.501, 0.7, 0.75, 0.9, 0.999, 1 - 1e-8, 1 - 2.0**-50, 1 - 2.0**-53, 5e-324)])
Law("bernoulli_logit", ["x:int<0,1>", "eta:real"], lambda x, e: -softplus((1 - 2 * x) * e),
    [(x, s * e) for x in (0, 1) for s in (1, -1) for e in (1e-300, 1e-8, 0.3, 2.0, 20.0, 36.0, 40.0, 700.0, 1e5, 1e300)])


def binomial(x, n, p):
    return lchoose(n, x) + xlogy(x, p) + xlog1py(n - x, -p)


def binomial_cdf(x, n, p):
    if x == n:
        return mpf(0), -inf
    above, below = beta_pq(x + 1, n - x, p)
    return below, above


def count_near(n, p, sd):
    return max(0, min(n, round(n * p + sd * (n * p * (1 - p)) ** 0.5)))


binomial_points = [(x, n, p) for n in (0, 1, 10, 170, 10000) for x in sorted({0, 1, n // 3, n - 1, n}) if 0 <= x <= n for p in (1e-200, 0.3, 1 - 2.0**-53)]
binomial_points = some(binomial_points, [(count_near(n, p, s), n, p) for n, p, s in ((10**8, 0.3, 1.0), (10**8, 0.999, -2.0), (10**10, 1e-5, 0.5), (10**12, 0.7, 3.0), (10**15, 0.5, 1.0), (10**15, 0.3, -1.0), (10**15, 1e-12, 1.0), (10**15, 0.123, 0.0), (10**6, 0.5, 6.0))] +
                       [(10**15, 10**15, 0.5), (10**15, 10**15, 1 - 2.0**-53), (0, 10**15, 1e-15), (3, 10**15, 1e-15), (10**8, 10**9, 0.3)])
Law("binomial", ["x:int<lower=0>", "n:int<lower=0>", "p:real<lower=0,upper=1>"], binomial, binomial_points, cdf=binomial_cdf)


def binomial_logit(x, n, e):
    return lchoose(n, x) - x * softplus(-e) - (n - x) * softplus(e)


def binomial_logit_cdf(x, n, e):
    return beta_of_logit(x + 1, n - x, e)[::-1] if x < n else (mpf(0), -inf)


def logit_of(p):
    return float(logit(mpf(p)))


Law("binomial_logit", ["x:int<lower=0>", "n:int<lower=0>", "eta:real"], binomial_logit,
    some([(x, n, e) for n in (0, 1, 10, 170, 10000) for x in sorted({0, 1, n // 3, n - 1, n}) if 0 <= x <= n for e in (-700.0, -40.0, -1.0, 0.0, 1e-9, 30.0, 500.0)],
         [(x, n, logit_of(p)) for x, n, p in binomial_points if n >= 10**6]), cdf=binomial_logit_cdf)


def beta_binomial(x, n, a, b):
    return lchoose(n, x) + lbeta(x + a, n - x + b) - lbeta(a, b)


Law("beta_binomial", ["x:int<lower=0>", "n:int<lower=0>", "a:real<lower=0>", "b:real<lower=0>"], beta_binomial,
    some([(x, n, a, b) for n in (1, 10, 1000) for x in sorted({0, 1, n // 3, n}) for a in (1e-200, 1e-8, 0.3, 20.0, 1e5) for b in (1e-100, 0.5, 3.0, 1e8)],
         [(30000000, 10**8, 1e8, 2.5e8), (10**12 // 3, 10**12, 1e10, 2e10), (5, 10, 1e15, 1e15), (10**14 * 3, 10**15, 3e14, 7e14), (10**15 // 2 + 10**8, 10**15, 1e15, 1e15), (3, 10**15, 2.5, 1e15), (10**8, 10**8, 1e8, 0.5), (0, 10**15, 1e-3, 1e3), (10**7, 10**10, 2.5, 3.5), (4, 10**9, 1e9, 1e18)]))
Law("hypergeometric", ["x:int<lower=0>", "n:int<lower=0>", "a:int<lower=0>", "b:int<lower=0>"], lambda x, n, a, b: lchoose(a, x) + lchoose(b, n - x) - lchoose(a + b, n),
    some([(x, n, a, b) for n in (1, 10, 100, 5000) for a in (3, 50, 10**4, 10**9) for b in (7, 40, 10**5, 10**8) for x in sorted({0, 1, n // 2, n}) if x <= a and n - x <= b],
         [(3 * 10**7, 10**8, 3 * 10**8, 7 * 10**8), (3 * 10**7 + 5000, 10**8, 3 * 10**8, 7 * 10**8), (10**14, 4 * 10**14, 10**15 // 4, 3 * 10**15 // 4), (5, 10, 10**15, 10**15), (10**10, 2 * 10**10, 10**12, 10**12), (0, 10**7, 3, 10**15), (5 * 10**11 + 10**6, 10**12, 10**15, 10**15)]))


def poisson(x, r):
    return xlogy(x, r) - r - lg(x + 1)


def poisson_cdf(x, r):
    return gamma_pq(x + 1, r)[::-1]


poisson_points = some([(x, r) for x in (0, 1, 2, 7, 8, 9, 170, 10000) for r in (1e-300, 1e-10, 0.5, 3.0, 50.0, 1e4, 1e10)],
                      [(10**8 + 10**4, 1e8), (10**10, 1e10 - 3.7e5), (10**12, 1e12 + 0.37), (10**15, 1e15), (10**15 + 10**8, 1e15 - 0.125), (10**15, 1e15 + 3.3e7), (0, 1e15), (10**15, 1e5), (10**6, 999000.5), (10**5, 123456.789)])
Law("poisson", ["x:int<lower=0>", "rate:real<lower=0>"], poisson, poisson_points, cdf=poisson_cdf)
Law("poisson_log", ["x:int<lower=0>", "eta:real"], lambda x, e: x * e - exp(e) - lg(x + 1), [(x, float(log(mpf(r)))) for x, r in poisson_points] + [(0, 700.0), (3, -800.0)], cdf=lambda x, e: poisson_cdf(x, exp(e)))


def neg_binomial(x, a, b):
    return lg(x + a) - lg(a) - lg(x + 1) - a * log1p(1 / b) - x * log1p(b)


def neg_binomial_cdf(x, a, b):
    return beta_of_logit(x + 1, a, -log(b))[::-1]


def neg_binomial_2(x, m, phi):
    return lg(x + phi) - lg(phi) - lg(x + 1) - phi * log1p(m / phi) + xlogy(x, m / (m + phi))


nb2_points = some([(x, m, phi) for x in (0, 1, 7, 170, 10000) for m in (1e-100, 1e-5, 0.7, 40.0, 1e6) for phi in (1e-200, 1e-8, 0.3, 12.0, 1e5)],
                  [(10**8 + 10**4, 1e8, 1e8), (10**10, 1e10, 3.5), (10**12 + 10**6, 1e12, 1e15), (10**15, 1e15, 1e15), (10**15 + 10**8, 1e15, 1e20), (10**15, 1e15, 0.7), (3, 3.5, 1e15), (40, 35.0, 1e25), (0, 1e-10, 1e15), (10**9, 1e9 + 3e4, 1e12)])
Law("neg_binomial_2", ["x:int<lower=0>", "mu:real<lower=0>", "phi:real<lower=0>"], neg_binomial_2, nb2_points, cdf=lambda x, m, phi: neg_binomial_cdf(x, phi, phi / m))
Law("neg_binomial", ["x:int<lower=0>", "alpha:real<lower=0>", "beta:real<lower=0>"], neg_binomial, [(x, phi, phi / m) for x, m, phi in nb2_points if phi / m < 1e300], cdf=neg_binomial_cdf)
Law("neg_binomial_2_log", ["x:int<lower=0>", "eta:real", "phi:real<lower=0>"], lambda x, e, phi: neg_binomial_2(x, exp(e), phi), [(x, float(log(mpf(m))), phi) for x, m, phi in nb2_points],
    cdf=lambda x, e, phi: neg_binomial_cdf(x, phi, phi / exp(e)))
Law("geometric", ["x:int<lower=0>", "p:real<lower=0,upper=1>"], lambda x, p: log(p) + xlog1py(x, -p), some(product([0, 1, 5, 1000, 10**8, 10**15], [1e-300, 1e-17, 1e-8, 0.1, 0.5, 0.9, 1 - 2.0**-53])),
    cdf=lambda x, p: (log1m_exp((x + 1) * log1p(-p)), (x + 1) * log1p(-p)), cheap=True)
Law("discrete_range", ["x:int", "low:int", "high:int"], lambda x, a, b: -log(b - a + 1),
    [(a + (b - a) * k // 4, a, b) for a, b in ((0, 0), (0, 1), (-3, 4), (-10**15, 10**15), (10**8, 10**8 + 7), (0, 10**15), (-1, 10**5), (5, 6)) for k in range(5)])


def skellam(x, a, b):
    s = 2 * sqrt(a * b)
    return -(sqrt(a) - sqrt(b)) ** 2 + x * log(a / b) / 2 + log_ive(abs(x), s)


Law("skellam", ["x:int", "mu1:real<lower=0>", "mu2:real<lower=0>"], skellam,
    some([(x, a, b) for x in (-300, -7, -1, 0, 1, 20, 499, 501, 3000) for a in (1e-100, 1e-5, 0.7, 40.0, 3000.0) for b in (1e-10, 0.5, 100.0, 2000.0)],
         [(0, 1e8, 1e8), (10**4, 1e8, 1e8), (10**8, 3e8, 2e8), (10**12 + 10**6, 2e12, 1e12), (-(10**15), 1e15, 2e15), (3, 1e15, 1e15), (10**6, 1e15, 1e15), (500, 1e6, 1e6 - 300.0)]))


# Vectors and matrices.
def dirichlet(x, a):
    return lg(sum(a)) + sum((ak - 1) * log(xk) - lg(ak) for ak, xk in zip(a, x))


def spread_simplex(a, sds):
    """A point of the simplex near the mean of dirichlet(a), that sums to 1 as doubles do."""
    total = sum(a)
    x = [ak / total + s * (ak / total * (1 - ak / total) / total) ** 0.5 for ak, s in zip(a, sds)]
    x[-1] = 1 - sum(x[:-1])
    return x


simplices = [[0.2, 0.5, 0.3], [1e-300, 0.5, 0.5], [1e-10, 1e-5, 1 - 1e-10 - 1e-5], [0.998, 0.001, 0.001]]
alphas = [[1e-300, 1.0, 2.0], [1e-8, 1e-8, 1e-8], [0.5, 0.5, 0.5], [7.9, 8.1, 0.1], [100.0, 2.0, 3000.0], [1e-100, 1e5, 1e-3]]
big_alphas = [[1e8, 2e8, 3e8], [1e12, 1e10, 1e12], [1e15, 1e15, 2e15], [3e14, 1e15, 2.0], [1e15, 0.5, 0.5], [1e10, 1e15, 20.0]]
Law("dirichlet", ["x:simplex[K]", "alpha:real<lower=0>[K]"], dirichlet,
    some(product(simplices, alphas), [(spread_simplex(a, s), a) for a in big_alphas for s in ([0.7, -0.5, 0], [0.01, 0.2, 0], [-1.0, 0.3, 0]) if min(spread_simplex(a, s)) > 0]))


def multinomial(x, n, p):
    return lg(n + 1) + sum(xlogy(xk, pk) - lg(xk + 1) for xk, pk in zip(x, p)) if sum(x) == n else -inf


def counts(n, p, sds):
    x = [count_near(n, pk, s) for pk, s in zip(p, sds)]
    x[-1] = n - sum(x[:-1])
    return x


multinomial_points = some([(x, sum(x), p) for x in ([0, 0, 0], [1, 0, 0], [3, 4, 0], [100, 7, 50], [0, 0, 5000], [170, 1, 9]) for p in simplices],
                          [(counts(n, p, s), n, p) for n in (10**8, 10**10, 10**12, 10**15) for p in ([0.2, 0.5, 0.3], [0.25, 0.5, 0.25], [0.1, 0.7, 0.2], [1e-6, 0.9, 1 - 0.9 - 1e-6]) for s in ([0.5, -1.0, 0],)])
Law("multinomial", ["x:int<lower=0>[K]", "n:int<lower=0>", "p:simplex[K]"], multinomial, multinomial_points)


def multinomial_logit(x, n, eta):
    top = max(eta)
    total = top + log(sum(exp(e - top) for e in eta))
    return lg(n + 1) + sum(xk * (e - total) - lg(xk + 1) for xk, e in zip(x, eta))


etas = [[0.3, -1.0, 2.0], [700.0, 0.0, -700.0], [1e5, 1e5 + 1, 1e5 - 3], [0.0, 0.0, 0.0]]
Law("multinomial_logit", ["x:int<lower=0>[K]", "n:int<lower=0>", "eta:real[K]"], multinomial_logit,
    some([(x, n, e) for x, n, p in multinomial_points if n < 10**6 for e in etas], [(x, n, [float(log(mpf(pk))) for pk in p]) for x, n, p in multinomial_points if n >= 10**8]))


def dirichlet_multinomial(x, n, a):
    return lg(n + 1) + lg(sum(a)) - lg(n + sum(a)) + sum(lg(xk + ak) - lg(ak) - lg(xk + 1) for xk, ak in zip(x, a))


Law("dirichlet_multinomial", ["x:int<lower=0>[K]", "n:int<lower=0>", "alpha:real<lower=0>[K]"], dirichlet_multinomial,
    some([(x, sum(x), a) for x in ([0, 0, 0], [1, 0, 0], [3, 4, 0], [100, 7, 50], [0, 0, 5000], [170, 1, 9]) for a in alphas],
         [(counts(n, [ak / sum(a) for ak in a], [0.5, -1.0, 0]), n, a) for n in (10, 10**8, 10**12, 10**15) for a in ([1e8, 2e8, 3e8], [1e15, 1e15, 2e15], [3.0, 4.0, 5.0], [1e12, 1e14, 5e13])]))
Law("categorical", ["x:int<1,K>", "p:simplex[K]"], lambda x, p: log(p[int(x) - 1]), [(x, p) for x in (1, 2, 3) for p in simplices + [[5e-324, 0.5, 0.5], [1e-17, 1e-17, 1.0], [0.1, 0.2, 0.7], [1 / 3, 1 / 3, 1 / 3], [0.999999, 1e-6, 1e-12], [1e-200, 1.0, 1e-100], [0.25, 0.25, 0.5], [0.6, 0.39, 0.01], [0.05, 0.9, 0.05], [1e-9, 0.5, 0.499999999]]])


def categorical_logit(x, eta):
    top = max(eta)
    return eta[int(x) - 1] - top - log(sum(exp(e - top) for e in eta))


Law("categorical_logit", ["x:int<1,K>", "eta:real[K]"], categorical_logit, [(x, e) for x in (1, 2, 3) for e in etas + [[1e-9, 0.0, -1e-9], [40.0, 0.0, 0.0], [0.0, 50.0, 1.0], [-1e300, 0.0, 1e5], [1e15, 1e15, 0.0], [20.0, 0.0, -20.0], [1e-300, 5.0, -5.0], [-800.0, -800.0, -799.0], [1e8, 1e8 + 0.5, 1e8], [3.0, 3.0, -3.0]]])


def interval_terms(x, eta, c):
    x = int(x)
    low = c[x - 2] - eta if x > 1 else -inf
    high = c[x - 1] - eta if x <= len(c) else inf
    return low, high


def ordered_logistic(x, eta, c):
    low, high = interval_terms(x, eta, c)
    if low == -inf:
        return -softplus(-high)
    if high == inf:
        return -softplus(low)
    return -softplus(low) - softplus(-high) + log(-expm1(low - high))


def ordered_probit(x, eta, c):
    low, high = interval_terms(x, eta, c)
    if low == -inf:
        return log_phi(high)
    if high == inf:
        return log_phi(-low)
    return log_phi_between(low, high)


def log_phi_between(low, high):
    with mp.workdps(120):
        if low + high > 0:
            low, high = -high, -low
        a, b = log_phi(low), log_phi(high)
        return +(b + log1p(-exp(a - b)))


cuts = [[-1.0, 0.0, 1.0], [-1.0, 1e-9, 2e-9], [-1e5, 0.0, 1e5], [-8.0, 8.0, 8.5]]
ordered_points = some([(x, e, c) for x in (1, 2, 3, 4) for e in (-40.0, -37.0, 40.0, -5.0, 0.0, 0.3, 1e-5, 300.0, -1e4) for c in cuts],
                      [(4, -40.0, [-1.0, 0.0, 1.0]), (4, -37.0, [-1.0, 0.0, 1.0]), (2, -40.0, [-1.0, 0.0, 1.0]), (3, 38.0, [-1.0, 0.0, 1.0]), (3, -39.0, [-1.0, 1e-9, 2e-9]), (1, 1e8, [-1.0, 0.0, 1.0]), (2, 1e8, [-1.0, 0.0, 1.0])])
Law("ordered_logistic", ["x:int<1,M+1>", "eta:real", "c:ordered[M]"], ordered_logistic, ordered_points)
Law("ordered_probit", ["x:int<1,M+1>", "eta:real", "c:ordered[M]"], ordered_probit, ordered_points)


def multi_gamma(k, a):
    return k * (k - 1) * log(pi) / 4 + sum(lg(a - mpf(i) / 2) for i in range(k))


def square_matrix(v):
    k = int(round(len(v) ** 0.5))
    return matrix([[v[i * k + j] for j in range(k)] for i in range(k)])


def log_det(m):
    return log(mp.det(m))


def wishart(W, nu, S):
    W, S = square_matrix(W), square_matrix(S)
    k = W.rows
    t = S ** -1 * W
    return (nu - k - 1) / 2 * log_det(W) - sum(t[i, i] for i in range(k)) / 2 - nu / 2 * log_det(S) - nu * k / 2 * log(mpf(2)) - multi_gamma(k, nu / 2)


def inv_wishart(X, nu, S):
    X, S = square_matrix(X), square_matrix(S)
    k = X.rows
    t = S * X ** -1
    return nu / 2 * log_det(S) - (nu + k + 1) / 2 * log_det(X) - sum(t[i, i] for i in range(k)) / 2 - nu * k / 2 * log(mpf(2)) - multi_gamma(k, nu / 2)


def from_factor(v):
    L = square_matrix(v)
    for i in range(L.rows):
        for j in range(i + 1, L.rows):
            L[i, j] = mpf(0)
    return L


def flat_matrix(m):
    return [m[i, j] for i in range(m.rows) for j in range(m.cols)]


def chol_jacobian(v):
    L = from_factor(v)
    k = L.rows
    return k * log(mpf(2)) + sum((k - i) * log(L[i, i]) for i in range(k))


def gram(v):
    L = from_factor(v)
    return flat_matrix(L * L.T)


S1 = [2.0, 0.5, 0.5, 1.0]
S2 = [1e-8, 0.0, 0.0, 1e5]
S3 = [1.0, 0.75, 0.75, 1.0]
S4 = [1e100, 1e99, 1e99, 1e100]
L1, L2, L3, L4 = [1.5, 0.0, -0.6, 0.8], [1e-5, 0.0, 2.0, 1e3], [1.0, 0.0, 1e-9, 1.0], [1e50, 0.0, 1e49, 2e50]


def scaled(m, by):
    return [v * by for v in m]


def bumped(m, by, rel):
    """m * by with each diagonal element moved by a share of itself"""
    return [v * by * (1 + (rel if i in (0, 3) else 0)) for i, v in enumerate(m)]


nus = [1.5, 2.0, 3.7, 25.0, 1e4]
wishart_points = some(product([S1, S2, S3, S4], nus, [S1, S2, S3, S4]), [(bumped(S, nu, t * nu**-0.5), nu, S) for nu in (1e8, 1e10, 1e12, 1e15) for S in (S1, S3, [1.0, 0.0, 0.0, 4.0]) for t in (0.5,)] + [(bumped(S1, 1e15, 3e-8), 1e15, S1)])
Law("wishart", ["W:cov_matrix[K]", "nu:real<lower=0>", "S:cov_matrix[K]"], wishart, wishart_points)
Law("inv_wishart", ["X:cov_matrix[K]", "nu:real<lower=0>", "S:cov_matrix[K]"], inv_wishart, [(scaled(W, 1.0), nu, S) if nu < 1e6 else (bumped(S, 1 / nu, 0.5 * nu**-0.5), nu, S) for W, nu, S in wishart_points])
chol_points = some(product([L1, L2, L3, L4], nus, [L1, L2, L3, L4]), [(bumped(L, nu**0.5, 0.3 * nu**-0.5), nu, L) for nu in (1e8, 1e10, 1e12, 1e15) for L in (L1, L3, [1.0, 0.0, 0.0, 2.0])])
Law("wishart_chol", ["L:cholesky_cov[K]", "nu:real<lower=0>", "LS:cholesky_cov[K]"], lambda L, nu, LS: wishart(gram(L), nu, gram(LS)) + chol_jacobian(L), chol_points)
Law("inv_wishart_chol", ["L:cholesky_cov[K]", "nu:real<lower=0>", "LS:cholesky_cov[K]"], lambda L, nu, LS: inv_wishart(gram(L), nu, gram(LS)) + chol_jacobian(L),
    [(L, nu, LS) if nu < 1e6 else (bumped(LS, nu**-0.5, 0.3 * nu**-0.5), nu, LS) for L, nu, LS in chol_points])


def lkj_constant(eta, k):
    return sum(lg(eta + mpf(k - 1) / 2) - lg(eta + mpf(k - i) / 2) - mpf(i - 1) / 2 * log(pi) for i in range(2, k + 1))


def lkj_corr(R, eta):
    R = square_matrix(R)
    return (eta - 1) * log_det(R) + lkj_constant(eta, R.rows)


def lkj_chol(L, eta):
    L = from_factor(L)
    k = L.rows
    return sum((k - i + 2 * eta - 2) * log(L[i - 1, i - 1]) for i in range(2, k + 1)) + lkj_constant(eta, k)


correlations = [[1.0, r, r, 1.0] for r in (0.0, 1e-9, 0.3, -0.99, 1 - 2.0**-20)]
lkj_etas = [1e-300, 1e-8, 0.5, 1.0, 7.3, 1e5, 1e8, 1e15]
Law("lkj_corr", ["R:corr_matrix[K]", "eta:real<lower=0>"], lkj_corr, product(correlations, lkj_etas)[:40])
Law("lkj_chol", ["L:cholesky_corr[K]", "eta:real<lower=0>"], lkj_chol, product([[1.0, 0.0, s, c] for s, c in ((0.0, 1.0), (0.6, 0.8), (-0.28, 0.96), (0.8, 0.6), (1e-9, 1.0))], lkj_etas)[:40])


def quadratic(L, d):
    z = []
    for i in range(L.rows):
        z.append((d[i] - sum(L[i, j] * z[j] for j in range(i))) / L[i, i])
    return sum(v * v for v in z)


def minus(x, y):
    return [a - b for a, b in zip(x, y)]


def mvn_by(q, half_log_det, k):
    return -q / 2 - half_log_det - k * half_log_two_pi


def mvn_chol(x, mu, L):
    L = from_factor(L)
    return mvn_by(quadratic(L, minus(x, mu)), sum(log(L[i, i]) for i in range(L.rows)), L.rows)


def of_matrix(x, mu, S):
    S, d = square_matrix(S), matrix(minus(x, mu))
    return (d.T * S ** -1 * d)[0], log_det(S) / 2, S.rows


def mvn_prec(x, mu, P):
    P, d = square_matrix(P), matrix(minus(x, mu))
    return mvn_by((d.T * P * d)[0], -log_det(P) / 2, P.rows)


def student_by(nu, q, half_log_det, k):
    return lg((nu + k) / 2) - lg(nu / 2) - mpf(k) / 2 * log(nu * pi) - half_log_det - (nu + k) / 2 * log1p(q / nu)


vectors = [[0.5, -1.0], [1e-300, 0.0], [1e8, 1e8], [-30.0, 50.0], [1e100, -1e120]]
locations = [[0.0, 0.0], [0.5, 2.0], [1e8, 1e8 - 1]]
covariances, factors = [S1, S2, S3, S4], [L1, L2, L3, L4]
Law("mvn", ["x:real[K]", "mu:real[K]", "S:cov_matrix[K]"], lambda x, mu, S: mvn_by(*of_matrix(x, mu, S)), some(product(vectors, locations, covariances)))
Law("mvn_chol", ["x:real[K]", "mu:real[K]", "L:cholesky_cov[K]"], mvn_chol, some(product(vectors, locations, factors)))
Law("mvn_prec", ["x:real[K]", "mu:real[K]", "P:cov_matrix[K]"], mvn_prec, some(product(vectors, locations, covariances)))
Law("mvn_prec_chol", ["x:real[K]", "mu:real[K]", "L:cholesky_cov[K]"], lambda x, mu, L: mvn_prec(x, mu, gram(L)), some(product(vectors, locations, factors)))


def mvn_low_rank(x, mu, W, d):
    k = len(x)
    r = len(W) // k
    S = matrix(k, k)
    for i in range(k):
        for j in range(k):
            S[i, j] = sum(W[i * r + c] * W[j * r + c] for c in range(r)) + (d[i] if i == j else 0)
    return mvn_by(*of_matrix(x, mu, flat_matrix(S)))


Law("mvn_low_rank", ["x:real[K]", "mu:real[K]", "W:real[K,1]", "d:real<lower=0>[K]"], mvn_low_rank,
    some(product(vectors[:4], locations, [[1.0, 0.5], [1e-8, 1e-8], [1e5, 2.0], [30.0, -70.0]], [[0.5, 0.7], [1e-8, 1.0], [1e8, 1e6], [1e-3, 1e-3]])))
mt_points = [(x, nu, mu, S) for x, nu, mu, S in some(product(vectors + [[1e170, 1e200]], [1e-10, 0.5, 4.5, 1e6, 1e15], locations, [0, 1, 2, 3]), [([1e200, 0.0], 3.0, [0.0, 0.0], 0), ([1.0, 0.5], 1e15, [0.0, 0.0], 2)])]
Law("multi_student_t", ["x:real[K]", "nu:real<lower=0>", "mu:real[K]", "S:cov_matrix[K]"], lambda x, nu, mu, S: student_by(nu, *of_matrix(x, mu, S)), [(x, nu, mu, covariances[s]) for x, nu, mu, s in mt_points])


def multi_student_chol(x, nu, mu, L):
    L = from_factor(L)
    return student_by(nu, quadratic(L, minus(x, mu)), sum(log(L[i, i]) for i in range(L.rows)), L.rows)


Law("multi_student_t_chol", ["x:real[K]", "nu:real<lower=0>", "mu:real[K]", "L:cholesky_cov[K]"], multi_student_chol, [(x, nu, mu, factors[s]) for x, nu, mu, s in mt_points])


def walk(x, sigma, start):
    before = [mpf(0)] + list(x)
    return sum(-((x[t] - before[t]) / (start if t == 0 else sigma)) ** 2 / 2 - log(start if t == 0 else sigma) - half_log_two_pi for t in range(len(x)))


Law("gaussian_random_walk", ["x:real[K]", "sigma:real<lower=0>", "start:real<lower=0>"], walk, some(product(vectors + [[1e8, 1e8 + 1]], [1e-8, 0.3, 1e5, 1e100], [1e-5, 1.0, 1e8])))


def ar1(x, mu, phi, sigma):
    d = minus(x, [mu] * len(x))
    q = (1 - phi**2) * d[0] ** 2 + sum((d[t] - phi * d[t - 1]) ** 2 for t in range(1, len(d)))
    return -q / (2 * sigma**2) + log1p(-phi * phi) / 2 - len(x) * (log(sigma) + half_log_two_pi)


Law("gaussian_ar1", ["x:real[K]", "mu:real", "phi:real<lower=-1,upper=1>", "sigma:real<lower=0>"], ar1,
    some(product(vectors[:4] + [[1e8, 1e8 + 1]], [0.0, 1e8, -2.0], [0.0, 1e-9, 0.6, -0.999999, 1 - 2.0**-40, 1 - 2.0**-53], [1e-8, 0.3, 1e5])))

if __name__ == "__main__":
    print("# By extreme_values.py, with mpmath. Not edited by hand.")
    for dist in distributions:
        if len(sys.argv) < 2 or dist.name in sys.argv[1:]:
            write(dist)
