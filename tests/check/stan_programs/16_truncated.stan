data {
  int<lower=0> N;
  array[N] int<lower=1> y;
  vector<lower=0>[N] z;
}
parameters {
  real<lower=0> rate;
  real mu;
  real<lower=0> s;
}
model {
  rate ~ gamma(2, 1);
  mu ~ normal(0, 1);
  s ~ normal(0, 1) T[0, ];
  for (n in 1:N) {
    y[n] ~ poisson(rate) T[1, ];
    z[n] ~ normal(mu, s) T[0, 10];
  }
}
// EXPECT
error[E0148]: this is a program of Stan
  --> 16_truncated.stan:1:1
  1 | data {
    | ^^^^
  = note: a model is one block, in which the keyword of each statement says what role it has; see docs/coming_from_stan.md
  = help: the same model here:

model my_model {
  dim N;
  data y: int<lower=1>[N];
  data z: real<lower=0>[N];
  latent rate: real<lower=0> ~ gamma(2, 1);
  latent mu: real ~ normal(0, 1);
  latent s: real<lower=0> ~ truncated(normal(0, 1), lower = 0);
  for n in 1:N {
    y[n] ~ truncated(poisson(rate), lower = 1);
    z[n] ~ truncated(normal(mu, s), lower = 0, upper = 10);
  }
}

