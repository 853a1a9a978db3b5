functions {
  real ramp(real x, real knot, real a, real b) {
    if (x < knot)
      return a * x;
    else
      return a * knot + b * (x - knot);
  }
}
data {
  int<lower=0> N;
  vector[N] x;
  vector[N] y;
  real knot;
}
parameters {
  real a;
  real b;
  real c;
  real<lower=0> sigma;
}
model {
  a ~ normal(0, 1);
  b ~ normal(0, 1);
  c ~ normal(0, 5);
  sigma ~ exponential(1);
  for (n in 1:N)
    target += normal_lpdf(y[n] | c + ramp(x[n], knot, a, b), sigma);
}
// EXPECT
error[E0148]: this is a program of Stan
  --> 39_piecewise.stan:1:1
  1 | functions {
    | ^^^^^^^^^
  = note: a model is one block, in which the keyword of each statement says what role it has; see docs/coming_from_stan.md
  = help: the same model here:

fun ramp(x: real, knot: real, a: real, b: real) = (x < knot ? a * x : a * knot + b * (x - knot));
model my_model {
  dim N;
  data x: real[N];
  data y: real[N];
  data knot: real;
  latent a: real ~ normal(0, 1);
  latent b: real ~ normal(0, 1);
  latent c: real ~ normal(0, 5);
  latent sigma: real<lower=0> ~ exponential(1);
  for n in 1:N {
    y[n] ~ normal(c + ramp(x[n], knot, a, b), sigma);
  }
}

