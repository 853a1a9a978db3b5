data {
  int<lower=0> K;
  int<lower=K + 1> T;
  array[T] real y;
}
parameters {
  real alpha;
  array[K] real beta;
  real<lower=0> sigma;
}
model {
  alpha ~ normal(0, 10);
  beta ~ normal(0, 1);
  sigma ~ cauchy(0, 2.5);
  for (t in (K + 1):T) {
    real mu = alpha;
    for (k in 1:K)
      mu += beta[k] * y[t - k];
    y[t] ~ normal(mu, sigma);
  }
}
// EXPECT
error[E0148]: this is a program of Stan
  --> 09_ar_k.stan:1:1
  1 | data {
    | ^^^^
  = note: a model is one block, in which the keyword of each statement says what role it has; see docs/coming_from_stan.md
  = help: the same model here:

model my_model {
  dim K;
  dim T >= K + 1;
  data y: real[T];
  latent alpha: real ~ normal(0, 10);
  latent beta: real[K] ~ normal(0, 1);
  latent sigma: real<lower=0> ~ cauchy(0, 2.5);
  for t in (K + 1):T {
    let mu = alpha;
    let mu_2 = mu + sum(beta[k] * y[t - k] for k in 1:K);
    y[t] ~ normal(mu_2, sigma);
  }
}

