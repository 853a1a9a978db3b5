data {
  int<lower=0> J;
  array[J] real y;
  array[J] real<lower=0> sigma;
}
parameters {
  real mu;
  real<lower=0> tau;
  vector<offset=mu, multiplier=tau>[J] theta;
}
model {
  tau ~ cauchy(0, 5);
  theta ~ normal(mu, tau);
  y ~ normal(theta, sigma);
  mu ~ normal(0, 5);
}
// EXPECT
error[E0148]: this is a program of Stan
  --> 04_eight_schools.stan:1:1
  1 | data {
    | ^^^^
  = note: a model is one block, in which the keyword of each statement says what role it has; see docs/coming_from_stan.md
  = help: the same model here:

model my_model {
  dim J;
  data y: real[J];
  data sigma: real<lower=0>[J];
  latent mu: real ~ normal(0, 5);
  latent tau: real<lower=0> ~ cauchy(0, 5);
  latent theta: real[J] ~ normal(mu, tau);
  y ~ normal(theta, sigma);
}

