data {
  int N;
  int D;
  matrix[N, D] X;
  int<lower=0, upper=1> y[N];
}
parameters {
  real alpha;
  vector[D] beta;
}
model {
  target += normal_lpdf(alpha | 0, 1);
  target += normal_lpdf(beta | 0, 1);
  y ~ bernoulli_logit_glm(X, alpha, beta);
}
// EXPECT
error[E0148]: this is a program of Stan
  --> 06_logistic_glm.stan:1:1
  1 | data {
    | ^^^^
  = note: a model is one block, in which the keyword of each statement says what role it has; see docs/coming_from_stan.md
  = help: the same model here:

model my_model {
  dim N;
  dim D;
  data X: real[N, D];
  data y: int<lower=0, upper=1>[N];
  latent alpha: real ~ normal(0, 1);
  latent beta: real[D] ~ normal(0, 1);
  y ~ bernoulli_logit((alpha + X @ beta));
}

