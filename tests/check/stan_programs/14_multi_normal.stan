data {
  int<lower=1> N;
  int<lower=1> D;
  array[N] vector[D] y;
}
parameters {
  vector[D] mu;
  cov_matrix[D] Sigma;
}
model {
  mu ~ normal(0, 10);
  Sigma ~ inv_wishart(D + 2, identity_matrix(D));
  y ~ multi_normal(mu, Sigma);
}
// EXPECT
error[E0148]: this is a program of Stan
  --> 14_multi_normal.stan:1:1
  1 | data {
    | ^^^^
  = note: a model is one block, in which the keyword of each statement says what role it has; see docs/coming_from_stan.md
  = help: the same model here:

model my_model {
  dim N >= 1;
  dim D >= 1;
  data y: real[N, D];
  latent mu: real[D] ~ normal(0, 10);
  latent Sigma: cov_matrix[D] ~ inv_wishart(D + 2, eye(D));
  y ~ mvn(mu, Sigma);
}

