// old spelling of arrays, loops over rows
data {
  int<lower=1> N;  // rows
  int<lower=1> K;  # columns
  matrix[N, K] X;
  real y[N];
}
parameters {
  vector[K] beta;
  real mu;
  real<lower=0> sigma;
}
model {
  mu ~ normal(0, 5);
  for (k in 1:K)
    beta[k] ~ normal(0, 2.5);
  sigma ~ exponential(1);
  for (n in 1:N) {
    y[n] ~ normal(mu + X[n] * beta, sigma);
  }
}
// EXPECT
error[E0148]: this is a program of Stan
  --> 02_regression_old_arrays.stan:2:1
  2 | data {
    | ^^^^
  = note: a model is one block, in which the keyword of each statement says what role it has; see docs/coming_from_stan.md
  = help: the same model here:

model my_model {
  dim N >= 1;
  dim K >= 1;
  data X: real[N, K];
  data y: real[N];
  latent beta: real[K];
  latent mu: real ~ normal(0, 5);
  latent sigma: real<lower=0> ~ exponential(1);
  for k in 1:K {
    beta[k] ~ normal(0, 2.5);
  }
  for n in 1:N {
    y[n] ~ normal(mu + dot(X[n], beta), sigma);
  }
}

