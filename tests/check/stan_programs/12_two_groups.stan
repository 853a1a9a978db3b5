data {
  int<lower=0> N;
  vector[N] y;
}
parameters {
  ordered[2] mu;
  array[2] real<lower=0> sigma;
  real<lower=0, upper=1> theta;
}
model {
  sigma ~ normal(0, 2);
  mu ~ normal(0, 2);
  theta ~ beta(5, 5);
  for (n in 1:N)
    target += log_mix(theta, normal_lpdf(y[n] | mu[1], sigma[1]), normal_lpdf(y[n] | mu[2], sigma[2]));
}
// EXPECT
error[E0148]: this is a program of Stan
  --> 12_two_groups.stan:1:1
  1 | data {
    | ^^^^
  = note: a model is one block, in which the keyword of each statement says what role it has; see docs/coming_from_stan.md
  = help: the same model here:

model my_model {
  dim N;
  data y: real[N];
  latent mu: ordered[2] ~ normal(0, 2);
  latent sigma: real<lower=0>[2] ~ normal(0, 2);
  latent theta: real<lower=0, upper=1> ~ beta(5, 5);
  for n in 1:N {
    factor log_mix(theta, normal_logpdf(y[n], mu[1], sigma[1]), normal_logpdf(y[n], mu[2], sigma[2]));
  }
}

