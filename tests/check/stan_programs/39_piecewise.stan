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
