data {
  int<lower=0> N;
  int<lower=2> K;
  matrix[N, K] X;
  vector[N] y;
}
parameters {
  vector[K] beta;
  real<lower=0> sigma;
}
model {
  beta[1] ~ normal(0, 10);
  target += normal_lpdf(sigma | 0, 2);
  y ~ normal(X * beta, sigma);
}
// EXPECT
error[E0148]: this is a program of Stan
  --> 18_some_elements_have_priors.stan:1:1
  1 | data {
    | ^^^^
  = note: a model is one block, in which the keyword of each statement says what role it has; see docs/coming_from_stan.md
  = help: the same model here:

model my_model {
  dim N;
  dim K >= 2;
  data X: real[N, K];
  data y: real[N];
  latent beta: real[K] ~ flat();
  latent sigma: real<lower=0> ~ normal(0, 2);
  factor normal_logpdf(beta[1], 0, 10);
  y ~ normal(X @ beta, sigma);
}

