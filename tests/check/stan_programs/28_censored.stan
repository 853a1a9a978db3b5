data {
  int<lower=0> N_obs;
  int<lower=0> N_cens;
  array[N_obs] real y_obs;
  real<lower=max(y_obs)> U;
}
parameters {
  real mu;
  real<lower=0> sigma;
}
model {
  mu ~ normal(0, 10);
  sigma ~ normal(0, 10);
  y_obs ~ normal(mu, sigma);
  target += N_cens * normal_lccdf(U | mu, sigma);
}
// EXPECT
error[E0148]: this is a program of Stan
  --> 28_censored.stan:1:1
  1 | data {
    | ^^^^
  = note: a model is one block, in which the keyword of each statement says what role it has; see docs/coming_from_stan.md
  = help: the same model here:

model my_model {
  dim N_obs;
  data N_cens: int<lower=0>;
  data y_obs: real[N_obs];
  data U: real;
  latent mu: real ~ normal(0, 10);
  latent sigma: real<lower=0> ~ normal(0, 10);
  y_obs ~ normal(mu, sigma);
  factor N_cens * normal_log_ccdf(U, mu, sigma);
}

