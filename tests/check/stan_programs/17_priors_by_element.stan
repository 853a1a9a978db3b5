data {
  int<lower=0> N;
  vector[N] x1;
  vector[N] x2;
  vector[N] y;
}
parameters {
  vector[3] beta;
  real<lower=0> sigma;
}
model {
  beta[1] ~ normal(0, 10);
  beta[2] ~ normal(0, 1);
  beta[3] ~ student_t(4, 0, 1);
  sigma ~ normal(0, 2);
  y ~ normal(beta[1] + beta[2] * x1 + beta[3] * x2, sigma);
}
// EXPECT
error[E0148]: this is a program of Stan
  --> 17_priors_by_element.stan:1:1
  1 | data {
    | ^^^^
  = note: a model is one block, in which the keyword of each statement says what role it has; see docs/coming_from_stan.md
  = help: the same model here:

model my_model {
  dim N;
  data x1: real[N];
  data x2: real[N];
  data y: real[N];
  latent beta: real[3];
  latent sigma: real<lower=0> ~ normal(0, 2);
  beta[1] ~ normal(0, 10);
  beta[2] ~ normal(0, 1);
  beta[3] ~ student_t(4, 0, 1);
  y ~ normal(beta[1] + beta[2] * x1 + beta[3] * x2, sigma);
}

