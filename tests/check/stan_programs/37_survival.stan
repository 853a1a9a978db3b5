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
// EXPECT
error[E0148]: this is a program of Stan
  --> 37_survival.stan:1:1
  1 | data {
    | ^^^^
  = note: a model is one block, in which the keyword of each statement says what role it has; see docs/coming_from_stan.md
  = help: the same model here:

model my_model {
  dim N;
  data t: real<lower=0>[N];
  data event: int<lower=0, upper=1>[N];
  data use_prior: int<lower=0, upper=1>;
  latent shape: real<lower=0> ~ flat();
  latent scale: real<lower=0> ~ gamma(2, 0.1);
  if (use_prior != 0) {
    factor gamma_logpdf(shape, 2, 1);
  }
  for n in 1:N {
    if (event[n] == 1) {
      t[n] ~ weibull(shape, scale);
    } else {
      factor weibull_log_ccdf(t[n], shape, scale);
    }
  }
}

