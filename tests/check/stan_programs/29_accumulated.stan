data {
  int<lower=0> N;
  vector[N] x;
  vector[N] y;
  vector<lower=0>[N] w;
}
parameters {
  real a;
  real b;
  real<lower=0> sigma;
}
model {
  real total = 0;
  for (n in 1:N)
    total += w[n] * normal_lpdf(y[n] | a + b * x[n], sigma);
  a ~ normal(0, 10);
  b ~ normal(0, 10);
  sigma ~ normal(0, 5);
  target += total;
}
// EXPECT
error[E0148]: this is a program of Stan
  --> 29_accumulated.stan:1:1
  1 | data {
    | ^^^^
  = note: a model is one block, in which the keyword of each statement says what role it has; see docs/coming_from_stan.md
  = help: the same model here:

model my_model {
  dim N;
  data x: real[N];
  data y: real[N];
  data w: real<lower=0>[N];
  latent a: real ~ normal(0, 10);
  latent b: real ~ normal(0, 10);
  latent sigma: real<lower=0> ~ normal(0, 5);
  let total = 0;
  let total_2 = sum(w[n] * normal_logpdf(y[n], a + b * x[n], sigma) for n in 1:N);
  factor total_2;
}

