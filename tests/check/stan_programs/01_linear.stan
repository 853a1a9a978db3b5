data {
  int<lower=0> N;
  vector[N] x;
  vector[N] y;
}
parameters {
  real alpha;
  real beta;
  real<lower=0> sigma;
}
model {
  alpha ~ normal(0, 10);
  beta ~ normal(0, 10);
  sigma ~ cauchy(0, 5);
  y ~ normal(alpha + beta * x, sigma);
}
// EXPECT
error[E0148]: this is a program of Stan
  --> 01_linear.stan:1:1
  1 | data {
    | ^^^^
  = note: a model is one block, in which the keyword of each statement says what role it has; see docs/coming_from_stan.md
  = help: the same model here:

model my_model {
  dim N;
  data x: real[N];
  data y: real[N];
  latent alpha: real ~ normal(0, 10);
  latent beta: real ~ normal(0, 10);
  latent sigma: real<lower=0> ~ cauchy(0, 5);
  y ~ normal(alpha + beta * x, sigma);
}

