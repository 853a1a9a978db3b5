data {
  int<lower=0> N;
  int<lower=0> M;
  matrix[N, M] x;
  vector[N] y;
  real<lower=0> scale;
}
parameters {
  real beta0;
  vector[M] beta;
  real<lower=0> sigma;
}
model {
  beta0 ~ normal(0, 10);
  beta ~ double_exponential(0, scale);
  sigma ~ inv_gamma(1, 1);
  y ~ normal(beta0 + x * beta, sigma);
}
// EXPECT
error[E0148]: this is a program of Stan
  --> 31_lasso.stan:1:1
  1 | data {
    | ^^^^
  = note: a model is one block, in which the keyword of each statement says what role it has; see docs/coming_from_stan.md
  = help: the same model here:

model my_model {
  dim N;
  dim M;
  data x: real[N, M];
  data y: real[N];
  data scale: real<lower=0>;
  latent beta0: real ~ normal(0, 10);
  latent beta: real[M] ~ laplace(0, scale);
  latent sigma: real<lower=0> ~ inv_gamma(1, 1);
  y ~ normal(beta0 + x @ beta, sigma);
}

