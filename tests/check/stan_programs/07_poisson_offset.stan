data {
  int<lower=1> N;
  array[N] int<lower=0> y;
  vector[N] log_exposure;
  vector[N] x;
}
parameters {
  real a;
  real b;
}
transformed parameters {
  vector[N] eta = a + b * x + log_exposure;
}
model {
  a ~ normal(0, 5);
  b ~ normal(0, 1);
  y ~ poisson_log(eta);
}
generated quantities {
  vector[N] log_lik;
  for (n in 1:N)
    log_lik[n] = poisson_log_lpmf(y[n] | eta[n]);
}
// EXPECT
error[E0148]: this is a program of Stan
  --> 07_poisson_offset.stan:1:1
  1 | data {
    | ^^^^
  = note: a model is one block, in which the keyword of each statement says what role it has; see docs/coming_from_stan.md
  = help: the same model here:

model my_model {
  dim N >= 1;
  data y: int<lower=0>[N];
  data log_exposure: real[N];
  data x: real[N];
  latent a: real ~ normal(0, 5);
  latent b: real ~ normal(0, 1);
  let eta = a + b * x + log_exposure;
  y ~ poisson_log(eta);
  for n in 1:N {
    predict log_lik = poisson_log_logpdf(y[n], eta[n]);
  }
}

