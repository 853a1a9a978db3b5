data {
  int<lower=1> T;
  real r[T];
  real<lower=0> sigma1;
}
parameters {
  real mu;
  real<lower=0> alpha0;
  real<lower=0, upper=1> alpha1;
  real<lower=0, upper=1 - alpha1> beta1;
}
transformed parameters {
  real<lower=0> sigma[T];
  sigma[1] = sigma1;
  for (t in 2:T)
    sigma[t] = sqrt(alpha0 + alpha1 * pow(r[t-1] - mu, 2) + beta1 * pow(sigma[t-1], 2));
}
model {
  r ~ normal(mu, sigma);
}
// EXPECT
error[E0148]: this is a program of Stan
  --> 10_garch.stan:1:1
  1 | data {
    | ^^^^
  = note: a model is one block, in which the keyword of each statement says what role it has; see docs/coming_from_stan.md
  = help: the same model here:

model my_model {
  dim T >= 1;
  data r: real[T];
  data sigma1: real<lower=0>;
  latent mu: real ~ flat();
  latent alpha0: real<lower=0> ~ flat();
  latent alpha1: real<lower=0, upper=1> ~ flat();
  latent beta1: real<lower=0, upper=1 - alpha1> ~ flat();
  let sigma: real[T];
  sigma[1] = sigma1;
  for t in 2:T {
    sigma[t] = sqrt(alpha0 + alpha1 * pow(r[t - 1] - mu, 2) + beta1 * pow(sigma[t - 1], 2));
  }
  r ~ normal(mu, sigma);
}

