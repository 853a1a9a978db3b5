data {
  int<lower=0> N;
  vector<lower=0>[N] t;
  array[N] int<lower=0, upper=1> event;
  int<lower=0, upper=1> use_prior;
}
parameters {
  real<lower=0> shape;
  real<lower=0> scale;
}
model {
  if (use_prior) {
    target += gamma_lpdf(shape | 2, 1);
  }
  scale ~ gamma(2, 0.1);
  for (n in 1:N) {
    if (event[n] == 1) {
      t[n] ~ weibull(shape, scale);
    } else {
      target += weibull_lccdf(t[n] | shape, scale);
    }
  }
}
