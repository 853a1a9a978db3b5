data {
  int<lower=1> N;
  int<lower=1> G;
  int<lower=1> group[N];
  vector[N] y;
}
parameters {
  vector[G] eta;
  real mu;
  real<lower=0> tau;
  real<lower=0> sigma;
}
transformed parameters {
  vector[G] theta;
  theta = mu + tau * eta;
}
model {
  eta ~ normal(0, 1);
  mu ~ normal(0, 10);
  tau ~ normal(0, 5);
  sigma ~ normal(0, 5);
  y ~ normal(theta[group], sigma);
}
// EXPECT
error[E0148]: this is a program of Stan
  --> 22_noncentred.stan:1:1
  1 | data {
    | ^^^^
  = note: a model is one block, in which the keyword of each statement says what role it has; see docs/coming_from_stan.md
  = help: the same model here:

model my_model {
  dim N >= 1;
  dim G >= 1;
  data group: int<1, G>[N];
  data y: real[N];
  latent eta: real[G] ~ normal(0, 1);
  latent mu: real ~ normal(0, 10);
  latent tau: real<lower=0> ~ normal(0, 5);
  latent sigma: real<lower=0> ~ normal(0, 5);
  let theta = mu + tau * eta;
  y ~ normal(theta[group], sigma);
}

